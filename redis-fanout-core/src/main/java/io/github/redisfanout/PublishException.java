package io.github.redisfanout;

import io.github.redisfanout.backplane.PublishFailure;

/** A publish that failed; {@link #failure} says what that means for the message. */
public final class PublishException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final PublishFailure failure;

  PublishException(PublishFailure failure, Throwable cause) {
    super("publish " + failure + ": " + cause.getMessage(), cause);
    this.failure = failure;
  }

  /** Whether the message reached nobody, or may have reached somebody. */
  public PublishFailure failure() {
    return failure;
  }
}
