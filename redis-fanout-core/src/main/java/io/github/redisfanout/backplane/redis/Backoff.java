package io.github.redisfanout.backplane.redis;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Pauses between reconnects: exponential with full jitter. Confined to one thread. */
final class Backoff {
  private static final long MIN_NANOS = Duration.ofMillis(50).toNanos();
  private static final long MAX_NANOS = Duration.ofSeconds(5).toNanos();

  private long capNanos = MIN_NANOS;

  /** The next pause, random from 0 to a cap that doubles each time. */
  long nextNanos() {
    long cap = capNanos;
    capNanos = cap >= MAX_NANOS / 2 ? MAX_NANOS : cap * 2;
    return ThreadLocalRandom.current().nextLong(cap + 1);
  }

  void reset() {
    capNanos = MIN_NANOS;
  }
}
