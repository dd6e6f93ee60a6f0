package io.github.redisfanout.internal;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Lets something happen at most once in an interval, such as a warning. Thread-safe. */
public final class RateLimit {
  private final long intervalNanos;
  private final AtomicLong next = new AtomicLong(System.nanoTime());

  public RateLimit(Duration interval) {
    intervalNanos = interval.toNanos();
  }

  public boolean allows() {
    long now = System.nanoTime();
    long due = next.get();
    return now - due >= 0 && next.compareAndSet(due, now + intervalNanos);
  }
}
