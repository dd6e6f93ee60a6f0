package io.github.redisfanout.backplane;

/** The other side does not permit a call, such as Redis with an ACL; to repeat it does not help. */
public final class NotPermittedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** {@code message} says what is missing, for people. */
  public NotPermittedException(String message) {
    super(message);
  }
}
