package io.github.redisfanout.backplane.redis;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits how far publishing may be ahead of receiving and delivering on the same node.
 *
 * <p>Redis takes messages faster than a busy node can read them, buffers the difference, and at a
 * limit disconnects the node, which then loses all of them. So publishing may be ahead by a limited
 * number of bytes. More messages wait in the publish buffer, and when that is full they are
 * rejected and their callers know.
 *
 * <p>Heartbeats show how far receiving has come: an answer comes after all messages published
 * before it, and counts once those have left the lanes. Publishing is not limited while the
 * receiving connection is absent, lost or stuck. Thread-safe: one thread sends, another one
 * receives.
 */
final class SendWindow {
  /** Bytes published and not yet received; well below Redis' own limit of 8 MB. */
  static final long MAX_BYTES = 2 << 20;

  /** After this many bytes a heartbeat is requested. */
  private static final long MARK_BYTES = MAX_BYTES / 8;

  /** After this time without an answer, receiving is stuck. */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(1).toNanos();

  /** The most time counted between two looks, because the process may have been stopped. */
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

  /** {@code heartbeat} requests a heartbeat and must not block. */
  SendWindow(Runnable heartbeat) {
    this.heartbeat = heartbeat;
  }

  /** Whether more may be sent; the sending thread calls it every few ms while it is false. */
  boolean hasRoom(long nowNanos) {
    long receivedNow = received.get();
    if (!receiving || sent - receivedNow < MAX_BYTES) {
      full = false;
      return true;
    }
    markIfDue(); // all heartbeats may have been answered
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

  /** Redis has taken this many more bytes. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // only the sending thread writes it
  void sent(long bytes) {
    sent += bytes;
    markIfDue();
  }

  // Limits the heartbeats under way, however long receiving is stuck.
  private void markIfDue() {
    long sentNow = sent;
    long receivedNow = received.get();
    boolean areFewUnderWay = sentNow - receivedNow <= 2 * MAX_BYTES || receivedNow >= marked;
    if (receiving && sentNow - marked >= MARK_BYTES && areFewUnderWay) {
      marked = sentNow;
      heartbeat.run();
    }
  }

  /** The bytes that Redis has taken; a heartbeat written now is answered after them. */
  long position() {
    return sent;
  }

  /** All messages before the answer to a heartbeat written at this position are delivered. */
  void received(long position) {
    received.accumulateAndGet(position, Math::max);
  }

  /** All channels are confirmed: messages published from this position on come back. */
  void beginReceiving(long position) {
    received(position);
    receiving = true;
  }

  void endReceiving() {
    receiving = false;
  }
}
