package io.github.redisfanout.backplane.redis;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps publishing from running away from receiving.
 *
 * <p>Redis takes messages faster than a busy node can read them, keeps the difference, and in the
 * end cuts the node off: then all that it kept is lost, for everybody on that node. So a node that
 * receives what it publishes runs ahead of its own delivering by a limited number of bytes. The
 * rest waits in the publish buffer, and when that is full publishes are rejected, and their callers
 * know.
 *
 * <p>How far receiving has come is known from heartbeats: their answers come in order, behind all
 * that was published before, and count when what came before them has left the lanes. A node that
 * receives nothing, because it only publishes or its receiving connection is lost or stuck, is not
 * held up. Thread-safe: one thread sends, another one receives.
 */
final class SendWindow {
  /** Bytes that Redis has taken and this node has not yet received; well below Redis' own 8 MB. */
  static final long MAX_BYTES = 2 << 20;

  /** After this many bytes a heartbeat is requested. */
  private static final long MARK_BYTES = MAX_BYTES / 8;

  /** After this time without an answer receiving is stuck, not slow. */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(1).toNanos();

  /**
   * A longer time between two looks does not count: this process did not run then, and neither did
   * its receiving.
   */
  private static final long LOOK_NANOS = Duration.ofMillis(20).toNanos();

  private final Runnable heartbeat;

  private volatile long sent; // written by the sending thread only
  private final AtomicLong received = new AtomicLong();
  private volatile boolean receiving;

  // Confined to the sending thread.
  private long marked;
  private long receivedBefore;
  private long lookedNanos; // meaningful while full, as is the next
  private long waitedNanos;
  private boolean full;

  /** {@code heartbeat} has one written soon, and does not block. */
  SendWindow(Runnable heartbeat) {
    this.heartbeat = heartbeat;
  }

  /** Whether more may be sent; the sending thread asks every few ms while it may not. */
  boolean hasRoom(long nowNanos) {
    long receivedNow = received.get();
    if (!receiving || sent - receivedNow < MAX_BYTES) {
      full = false;
      return true;
    }
    markIfDue(); // all heartbeats may have been answered, and that was not enough
    if (!full || receivedNow != receivedBefore) {
      full = true;
      receivedBefore = receivedNow;
      waitedNanos = 0;
    } else {
      waitedNanos += Math.min(nowNanos - lookedNanos, LOOK_NANOS);
    }
    lookedNanos = nowNanos;
    return waitedNanos >= PATIENCE_NANOS;
  }

  /** Redis has taken this much more. */
  void sent(long bytes) {
    long now = sent + bytes;
    sent = now;
    markIfDue();
  }

  // However long receiving is stuck, only a few heartbeats are under way.
  private void markIfDue() {
    long sentNow = sent;
    long receivedNow = received.get();
    boolean areFewUnderWay = sentNow - receivedNow <= 2 * MAX_BYTES || receivedNow >= marked;
    if (receiving && sentNow - marked >= MARK_BYTES && areFewUnderWay) {
      marked = sentNow;
      heartbeat.run();
    }
  }

  /** What Redis has taken so far: a heartbeat that is written now is answered behind it. */
  long position() {
    return sent;
  }

  /** All that came before the answer to a heartbeat written at this position is delivered. */
  void received(long position) {
    received.accumulateAndGet(position, Math::max);
  }

  /** All channels are confirmed: what is published from this position on comes back. */
  void beginReceiving(long position) {
    received(position);
    receiving = true;
  }

  void endReceiving() {
    receiving = false;
  }
}
