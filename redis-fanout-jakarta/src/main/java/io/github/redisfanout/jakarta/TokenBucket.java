package io.github.redisfanout.jakarta;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Limits a rate: a number each second, and a burst after a pause.
 *
 * <p>Thread-safe, though a session's messages come one after the other.
 */
final class TokenBucket {
  private final LongSupplier clock; // read as System.nanoTime is
  private final long nanosForOne;
  private final long nanosForAll;

  /** When the bucket would be empty, had nothing been taken since: the less ago, the emptier. */
  private long emptyNanos;

  /** Full in the beginning. */
  TokenBucket(int perSecond, int burst, LongSupplier clock) {
    this.clock = clock;
    nanosForOne = Math.max(1, TimeUnit.SECONDS.toNanos(1) / perSecond);
    nanosForAll = nanosForOne * burst;
    emptyNanos = clock.getAsLong() - nanosForAll;
  }

  /** Takes one; false if there is none. */
  synchronized boolean tryTake() {
    long now = clock.getAsLong();
    long empty = Math.max(emptyNanos - now, -nanosForAll) + now;
    if (now - empty < nanosForOne) {
      return false;
    }
    emptyNanos = empty + nanosForOne;
    return true;
  }
}
