package io.github.redisfanout.backplane;

/**
 * Hears what a backplane receives; must never block.
 *
 * <p>{@link #onMessage} and {@link #onGap} are serial and ordered per channel, and a gap is told
 * before the first message after it. {@link #onStatus} may come from any thread. What a method
 * throws is logged and stops nothing.
 */
public interface Receiver {

  /** One message, in the order of its channel. */
  void onMessage(Incoming message);

  /** Messages may have been missed in this span of time. */
  void onGap(Gap gap);

  /** The state of a direction changed. */
  void onStatus(BackplaneStatus status);
}
