package io.github.redisfanout;

import java.util.function.LongSupplier;

/** When a client was heard and when it was asked; decides on pings and silence. Thread-safe. */
final class Liveness {
  private final LongSupplier clock;
  private volatile long seenNanos;
  private volatile long pingedNanos; // when the last ping was begun
  private volatile long askedNanos; // when the first ping that has no answer was begun

  /** True from when a ping is due until it was sent, so that pings never pile up. */
  private volatile boolean pinging; // set by the one thread that begins pings

  /** {@code clock} is read as {@link System#nanoTime} is. */
  Liveness(LongSupplier clock) {
    this.clock = clock;
    seenNanos = clock.getAsLong();
    pingedNanos = seenNanos;
    askedNanos = seenNanos;
  }

  void touch() {
    seenNanos = clock.getAsLong();
  }

  /** Silence only means something after a ping that there was time to answer. */
  boolean isSilent(long now, long pingNanos, long silenceNanos) {
    long seen = seenNanos;
    long asked = askedNanos;
    return asked - seen > 0
        && now - seen >= silenceNanos
        && now - asked >= silenceNanos - pingNanos;
  }

  /**
   * True if a ping is due and none is under way; then {@link #endPing} must follow. Always called
   * by the same thread.
   */
  boolean beginPing(long now, long pingNanos) {
    long seen = seenNanos;
    long pinged = pingedNanos;
    long quietSince = pinged - seen > 0 ? pinged : seen;
    if (pinging || now - quietSince < pingNanos) {
      return false;
    }
    pinging = true;
    return true;
  }

  void ping(Transport transport) throws Exception {
    long now = clock.getAsLong(); // before, for the answer may be quicker than the return
    pingedNanos = now;
    if (askedNanos - seenNanos <= 0) {
      askedNanos = now;
    }
    if (!transport.ping()) {
      touch(); // cannot be asked, so its silence says nothing
    }
  }

  void endPing() {
    pinging = false;
  }
}
