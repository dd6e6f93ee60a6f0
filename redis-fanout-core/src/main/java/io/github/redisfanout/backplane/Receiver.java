package io.github.redisfanout.backplane;

import java.util.List;

/**
 * Takes what a backplane receives; must never block.
 *
 * <p>{@link #onMessages}, {@link #onTooLarge}, {@link #onCheckpoint} and {@link #onGap} are called
 * one at a time, a gap before the first message after it; the others on any thread. What a method
 * throws is logged and stops nothing.
 */
public interface Receiver extends BackplaneListener {

  /** Messages that were read at once, in the order of their channel. */
  void onMessages(List<Incoming> burst);

  /**
   * Runs the task once all messages of earlier calls of {@link #onMessages} have been delivered, so
   * that a backplane can slow down publishing. Default: at once.
   *
   * <p>A later call replaces earlier ones, which then need not run.
   *
   * @param reached run at most once, on any thread; does not block
   */
  default void onCheckpoint(Runnable reached) {
    reached.run();
  }

  /**
   * The largest message to pass to {@link #onMessages}, in bytes. Default: no limit.
   *
   * <p>A backplane may skip larger ones, and then calls {@link #onTooLarge}. Called once for each
   * connection.
   */
  default int maxMessageBytes() {
    return Integer.MAX_VALUE;
  }

  /**
   * A message larger than {@link #maxMessageBytes} was skipped. Default: does nothing.
   *
   * @param bytes its size
   */
  default void onTooLarge(String channel, long bytes) {}

  /** Messages may have been missed in this time window. */
  void onGap(Gap gap);
}
