package io.github.redisfanout;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.PublishFailure;

/** A publish that failed; {@link #failure} says what that means for the message. */
public final class PublishException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final PublishFailure failure;

  PublishException(PublishFailure failure, Throwable cause) {
    this(failure, cause, "");
  }

  private PublishException(PublishFailure failure, Throwable cause, String more) {
    super("publish " + failure + ": " + cause.getMessage() + more, cause);
    this.failure = failure;
  }

  /** One of a message that was not sent in time: says why, if publishing is not UP. */
  static PublishException late(PublishFailure failure, Throwable cause, Backplane backplane) {
    return new PublishException(failure, cause, whyLate(backplane));
  }

  private static String whyLate(Backplane backplane) {
    try {
      BackplaneStatus.Direction publishing = backplane.status().publishing();
      return publishing.state() == ConnectionState.UP
          ? ""
          : "; not publishing: " + publishing.reason();
    } catch (Throwable e) { // of a backplane of the application's own
      return "";
    }
  }

  /** Whether the message reached nobody, or may have reached somebody. */
  public PublishFailure failure() {
    return failure;
  }
}
