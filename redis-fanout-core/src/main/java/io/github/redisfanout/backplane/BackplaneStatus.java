package io.github.redisfanout.backplane;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A snapshot of a backplane's two directions.
 *
 * @param receiving the direction from the other nodes to this one
 * @param publishing the direction from this node to the others
 * @param bufferedMessages messages accepted and not yet written
 * @param bufferedBytes their size in bytes
 * @param reconnects how often the receiving connection was established again
 * @param proof what is known of the way from publishing to receiving
 */
public record BackplaneStatus(
    Direction receiving,
    Direction publishing,
    int bufferedMessages,
    long bufferedBytes,
    long reconnects,
    Proof proof) {

  /**
   * One direction.
   *
   * @param state what it is doing
   * @param since since when it has been in that state
   * @param reason in words why it is not {@link State#UP}; empty when it is
   */
  public record Direction(State state, Instant since, String reason) {}

  /**
   * That what this node publishes comes back to it: the last probe that did, on the present
   * connection.
   *
   * @param interval how often a probe is sent; zero if never
   * @param heardUntil when it was sent; empty while none has come back
   * @param roundTrip how long it took; empty while none has come back
   */
  public record Proof(
      Duration interval, Optional<Instant> heardUntil, Optional<Duration> roundTrip) {

    /** Of a backplane that sends no probes. */
    public static final Proof NOT_WANTED =
        new Proof(Duration.ZERO, Optional.empty(), Optional.empty());
  }

  /** What a direction is doing. */
  public enum State {
    /** Not started, or not wanted. */
    IDLE,
    /** The first connection is being established. */
    CONNECTING,
    /** Connected and, for receiving, every channel confirmed. */
    UP,
    /**
     * The connection was lost or refused, or it does not do what it should; another attempt
     * follows.
     */
    DOWN,
    /** Closed for good. */
    CLOSED
  }
}
