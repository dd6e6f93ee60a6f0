package io.github.redisfanout;

import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.BackplaneStatus.State;
import java.time.Instant;

/**
 * How a node is.
 *
 * @param status the summary
 * @param reason in words why it is not {@link Status#UP}; empty when it is
 * @param since since when the direction that decides has been in its state
 * @param bufferedMessages publishes that wait to be sent
 * @param bufferedBytes their size in bytes
 */
public record FanoutHealth(
    Status status, String reason, Instant since, int bufferedMessages, long bufferedBytes) {

  /** The summary. */
  public enum Status {
    /** Receives and publishes. */
    UP,
    /** Receives, but cannot publish right now. */
    DEGRADED,
    /** Does not receive. */
    DOWN
  }

  static FanoutHealth of(BackplaneStatus backplane) {
    Direction receiving = backplane.receiving();
    Direction publishing = backplane.publishing();
    if (receiving.state() != State.UP) {
      return of(Status.DOWN, "not receiving: " + receiving.reason(), receiving, backplane);
    }
    if (publishing.state() != State.UP) {
      return of(Status.DEGRADED, "not publishing: " + publishing.reason(), publishing, backplane);
    }
    return of(Status.UP, "", receiving, backplane);
  }

  private static FanoutHealth of(
      Status status, String reason, Direction decisive, BackplaneStatus backplane) {
    return new FanoutHealth(
        status, reason, decisive.since(), backplane.bufferedMessages(), backplane.bufferedBytes());
  }
}
