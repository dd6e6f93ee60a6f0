package io.github.redisfanout;

import io.github.redisfanout.backplane.PublishOutcome;

/** A publish that failed; {@link #outcome} says what that means for the message. */
public final class PublishException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final PublishOutcome outcome;

  PublishException(PublishOutcome outcome, Throwable cause) {
    super("publish " + outcome + ": " + cause.getMessage(), cause);
    this.outcome = outcome;
  }

  /** Whether the message reached nobody, or may have reached somebody. */
  public PublishOutcome outcome() {
    return outcome;
  }
}
