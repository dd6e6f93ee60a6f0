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
  private final long minNanos;
  private final long maxNanos;
  private long capNanos;

  Backoff(Duration min, Duration max) {
    minNanos = min.toNanos();
    maxNanos = max.toNanos();
    capNanos = minNanos;
  }

  /** The next pause: anything from 0 to the cap, which then doubles. */
  long nextNanos() {
    long cap = capNanos;
    capNanos = cap >= maxNanos / 2 ? maxNanos : cap * 2;
    return ThreadLocalRandom.current().nextLong(cap + 1);
  }

  void reset() {
    capNanos = minNanos;
  }
}
