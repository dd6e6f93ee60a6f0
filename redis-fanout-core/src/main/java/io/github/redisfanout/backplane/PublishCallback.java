package io.github.redisfanout.backplane;

/**
 * Called with what became of one published message.
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

  /** The other side has taken the message. */
  void published(PublishAnswer answer);

  /** The message was not, or perhaps not, published. */
  void failed(PublishFailure failure, Throwable cause);
}
