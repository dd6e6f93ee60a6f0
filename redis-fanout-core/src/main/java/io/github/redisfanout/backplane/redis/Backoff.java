package io.github.redisfanout.backplane.redis;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Pauses between reconnects: exponential with full jitter.
 *
 * <p>Jitter spreads the reconnects of many nodes, which lose Redis at the same moment. Confined to
 * one thread.
 */
final class Backoff {
  private static final long MIN_NANOS = Duration.ofMillis(50).toNanos();
  private static final long MAX_NANOS = Duration.ofSeconds(5).toNanos();

  private long capNanos = MIN_NANOS;

  /** The next pause: anything from 0 to the cap, which then doubles. */
  long nextNanos() {
    long cap = capNanos;
    capNanos = cap >= MAX_NANOS / 2 ? MAX_NANOS : cap * 2;
    return ThreadLocalRandom.current().nextLong(cap + 1);
  }

  void reset() {
    capNanos = MIN_NANOS;
  }
}
