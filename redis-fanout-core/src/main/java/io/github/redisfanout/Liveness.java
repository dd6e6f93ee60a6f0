package io.github.redisfanout;

import java.util.function.LongSupplier;

/** Decides when to ping a client and when it is silent. Thread-safe. */
final class Liveness {
  private final LongSupplier clock;
  private volatile long seenNanos; // when something came from the client
  private volatile long pingedNanos; // when the last ping began
  private volatile long askedNanos; // when the first unanswered ping began

  /** True from when a ping is due until it was sent, so that pings never pile up. */
  private volatile boolean pinging; // set only by the thread that begins pings

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

  /** True after the silence limit, if there was time to answer a ping. */
  boolean isSilent(long now, long pingNanos, long silenceNanos) {
    long seen = seenNanos;
    long asked = askedNanos;
    return asked - seen > 0
        && now - seen >= silenceNanos
        && now - asked >= silenceNanos - pingNanos;
  }

  /** True if a ping is due and none is under way; {@link #endPing} must follow. */
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
    long now = clock.getAsLong(); // before the ping: its answer may come before it returns
    pingedNanos = now;
    if (askedNanos - seenNanos <= 0) {
      askedNanos = now;
    }
    if (!transport.ping()) {
      touch(); // it cannot be pinged, so its silence says nothing
    }
  }

  void endPing() {
    pinging = false;
  }
}
