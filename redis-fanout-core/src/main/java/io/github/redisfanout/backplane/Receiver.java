package io.github.redisfanout.backplane;

import java.util.List;

/**
 * Hears what a backplane receives; must never block.
 *
 * <p>{@link #onMessage}, {@link #onMessages}, {@link #onCheckpoint} and {@link #onGap} are serial
 * and ordered per channel, and a gap is told before the first message after it. {@link #onStatus}
 * may come from any thread. What a method throws is logged and stops nothing.
 */
public interface Receiver {

  /** One message, in the order of its channel. */
  void onMessage(Incoming message);

  /**
   * Messages that were read at once, in order; by default one call of {@link #onMessage} each.
   *
   * <p>Handing many over at once costs a receiver less. A backplane waits for no message to make a
   * burst longer. By default what one call throws is thrown after the others were made.
   */
  default void onMessages(List<Incoming> burst) {
    Throwable first = null;
    for (Incoming message : burst) {
      try {
        onMessage(message);
      } catch (Throwable e) {
        first = first == null ? e : first;
      }
    }
    if (first instanceof Error error) {
      throw error;
    }
    if (first != null) {
      throw (RuntimeException) first;
    }
  }

  /**
   * Asks to be told when all messages given before this call have been worked off.
   *
   * <p>In band, like {@link #onMessage}. A backplane that takes publishes holds them back while the
   * receiver is far behind. By default a receiver has done its work when {@code onMessage} returns.
   *
   * <p>A later call stands for those before it: once its turn has come they need not be answered.
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
