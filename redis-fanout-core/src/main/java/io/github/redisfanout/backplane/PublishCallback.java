package io.github.redisfanout.backplane;

/**
 * Takes the outcome of one publish; must not block or throw.
 *
 * <p>Unless {@link #claim} returned false, exactly one of {@link #published} and {@link #failed} is
 * called, once.
 */
public interface PublishCallback {

  /**
   * Called once, right before the message is written.
   *
   * @return false if the message was taken back: then it is not written
   */
  boolean claim();

  /** The other side has taken the message. */
  void published(PublishAnswer answer);

  /** The message was not, or perhaps not, published. */
  void failed(PublishFailure failure, Throwable cause);
}
