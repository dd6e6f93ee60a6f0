package io.github.redisfanout;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Lets something happen at most once in an interval, such as a warning. Thread-safe. */
final class RateLimit {
  private final long intervalNanos;
  private final AtomicLong next = new AtomicLong(System.nanoTime());

  RateLimit(Duration interval) {
    intervalNanos = interval.toNanos();
  }

  boolean allows() {
    long now = System.nanoTime();
    long due = next.get();
    return now - due >= 0 && next.compareAndSet(due, now + intervalNanos);
  }
}
