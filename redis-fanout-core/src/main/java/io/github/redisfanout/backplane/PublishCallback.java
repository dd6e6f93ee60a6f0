package io.github.redisfanout.backplane;

/**
 * Hears what became of one published message.
 *
 * <p>After {@link #claim} returned true, or without it, exactly one of {@link #published} and
 * {@link #failed} is called, once. Must not block and must not throw.
 */
public interface PublishCallback {

  /**
   * Called right before the message's bytes are written, once.
   *
   * @return false if the message has been taken back: then it is not written and nothing else is
   *     called
   */
  boolean claim();

  /**
   * The other side has taken the message.
   *
   * @param receivers connections it was handed to as far as the backplane knows; says nothing about
   *     users
   */
  void published(long receivers);

  /** The message was not, or perhaps not, published. */
  void failed(PublishOutcome outcome, Throwable cause);
}
