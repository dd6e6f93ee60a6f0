package io.github.redisfanout.backplane;

import java.time.Instant;

/**
 * A snapshot of a backplane's two directions.
 *
 * @param receiving the direction from the other nodes to this one
 * @param publishing the direction from this node to the others
 * @param bufferedMessages messages accepted and not yet written
 * @param bufferedBytes their size in bytes
 * @param reconnects how often the receiving connection was established again
 */
public record BackplaneStatus(
    Direction receiving,
    Direction publishing,
    int bufferedMessages,
    long bufferedBytes,
    long reconnects) {

  /**
   * One direction.
   *
   * @param state what it is doing
   * @param since since when it has been in that state
   * @param reason in words why it is not {@link State#UP}; empty when it is
   */
  public record Direction(State state, Instant since, String reason) {}

  /** What a direction is doing. */
  public enum State {
    /** Not started, or not wanted. */
    IDLE,
    /** The first connection is being established. */
    CONNECTING,
    /** Connected and, for receiving, every channel confirmed. */
    UP,
    /** The connection was lost or refused; another attempt follows. */
    DOWN,
    /** Closed for good. */
    CLOSED
  }
}
