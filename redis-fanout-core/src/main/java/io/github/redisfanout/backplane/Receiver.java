package io.github.redisfanout.backplane;

import java.util.List;

/**
 * Takes what a backplane receives; must never block.
 *
 * <p>{@link #onMessages}, {@link #onCheckpoint} and {@link #onGap} are serial and ordered per
 * channel, and a gap is reported before the first message after it. {@link #onStatus} may come from
 * any thread. What a method throws is logged and stops nothing.
 */
public interface Receiver {

  /**
   * Messages that were read at once, each in the order of its channel.
   *
   * <p>A backplane waits for no message to make a burst longer.
   */
  void onMessages(List<Incoming> burst);

  /**
   * Runs the given task once all messages given before this call have been delivered.
   *
   * <p>Called in order with {@link #onMessages}. A backplane holds publishes back while the
   * receiver is far behind. By default a receiver has done its work when {@code onMessages}
   * returns.
   *
   * <p>A later call replaces those before it: once it has been answered they need not be.
   *
   * @param reached to be run at most once, on any thread; does not block
   */
  default void onCheckpoint(Runnable reached) {
    reached.run();
  }

  /** Messages may have been missed in this span of time. */
  void onGap(Gap gap);

  /** The state of a direction changed. */
  void onStatus(BackplaneStatus status);
}
