package io.github.redisfanout.backplane;

/**
 * Takes the outcome of one publish; must not block or throw.
 *
 * <p>Unless {@link #claim} returned false, exactly one of {@link #published} and {@link #failed} is
 * called, once.
 */
public interface PublishCallback {

  /**
   * Called right before the message is written; again if it was {@linkplain #unclaim put back}.
   *
   * @return false if the message was taken back: then it is not written
   */
  boolean claim();

  /**
   * The other side has refused the message together with others and executed nothing: it waits to
   * be sent again, and may be taken back. Default: does nothing.
   */
  default void unclaim() {}

  /** The other side has taken the message. */
  void published(PublishAnswer answer);

  /** The message was not, or perhaps not, published. */
  void failed(PublishFailure failure, Throwable cause);
}
