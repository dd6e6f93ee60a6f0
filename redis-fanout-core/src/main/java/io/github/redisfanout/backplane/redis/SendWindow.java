package io.github.redisfanout.backplane.redis;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps publishing from running away from hearing.
 *
 * <p>Redis takes messages faster than a busy node can read them, keeps the difference, and in the
 * end cuts the node off: then all that it kept is lost, for everybody on that node. So a node that
 * hears what it publishes runs ahead of its own delivering by a number of bytes at most. The rest
 * waits in the publish buffer, and when that is full publishes are rejected, which somebody is told
 * of.
 *
 * <p>How far hearing has come is known from heartbeats: their answers come in band, behind all that
 * was published before, and count when what came before them has left the lanes. A node that hears
 * nothing, because it only publishes or its receiving connection is lost or stuck, is not held up.
 * Thread-safe: one thread sends, another one hears.
 */
final class SendWindow {
  /** Bytes that Redis has taken and this node has not yet heard; well below Redis' own 8 MB. */
  static final long MAX_BYTES = 2 << 20;

  /** After so many bytes a heartbeat is asked for. */
  private static final long MARK_BYTES = MAX_BYTES / 8;

  /** After this time without an answer hearing is stuck, not slow. */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(1).toNanos();

  /**
   * More than this between two looks is not hearing that is stuck: this process did not run then,
   * and neither did its hearing.
   */
  private static final long LOOK_NANOS = Duration.ofMillis(20).toNanos();

  private final Runnable heartbeat;

  private volatile long sent; // written by the sending thread only
  private final AtomicLong heard = new AtomicLong();
  private volatile boolean hearing;

  // Confined to the sending thread.
  private long marked;
  private long heardBefore;
  private long lookedNanos; // meaningful while full, as is the next
  private long waitedNanos;
  private boolean full;

  /** {@code heartbeat} asks for one soon, and does not block. */
  SendWindow(Runnable heartbeat) {
    this.heartbeat = heartbeat;
  }

  /** Whether more may be sent; the sending thread asks every few ms while it may not. */
  boolean hasRoom(long nowNanos) {
    long heardNow = heard.get();
    if (!hearing || sent - heardNow < MAX_BYTES) {
      full = false;
      return true;
    }
    markIfDue(); // all that were asked for may have been answered, and that was not enough
    if (!full || heardNow != heardBefore) {
      full = true;
      heardBefore = heardNow;
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

  // However long hearing is stuck, only a few heartbeats are under way.
  private void markIfDue() {
    long sentNow = sent;
    long heardNow = heard.get();
    boolean areFewUnderWay = sentNow - heardNow <= 2 * MAX_BYTES || heardNow >= marked;
    if (hearing && sentNow - marked >= MARK_BYTES && areFewUnderWay) {
      marked = sentNow;
      heartbeat.run();
    }
  }

  /** What Redis has taken so far: a heartbeat that is written now is answered behind it. */
  long position() {
    return sent;
  }

  /** All that came before the answer to a heartbeat written at this position is worked off. */
  void heard(long position) {
    heard.accumulateAndGet(position, Math::max);
  }

  /** All channels are heard: what is published from this position on comes back. */
  void beginHearing(long position) {
    heard(position);
    hearing = true;
  }

  void endHearing() {
    hearing = false;
  }
}
