package io.github.redisfanout;

import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.BackplaneStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a node is, and the numbers behind it; a snapshot.
 *
 * @param status the summary
 * @param reason in words why it is not {@link Status#UP}; empty when it is
 * @param since since when what decides has been in its state; for what is filling or behind, the
 *     time of the snapshot
 * @param roundTrip how long the last probe took from publishing to hearing; empty while none has
 *     come back on the present connection, and without probes
 * @param bufferedMessages publishes that wait to be sent
 * @param bufferedBytes their size in bytes
 * @param counters all counts since the node was built
 */
public record FanoutHealth(
    Status status,
    String reason,
    Instant since,
    Optional<Duration> roundTrip,
    int bufferedMessages,
    long bufferedBytes,
    FanoutCounters counters) {

  /** After so many probe intervals without one coming back a node is behind. */
  private static final int LATE_PROBES = 3;

  /** The summary. */
  public enum Status {
    /**
     * Receives and publishes; if the backplane sends probes, they come back: what this node
     * publishes it also hears.
     */
    UP,
    /**
     * Receives, but cannot publish right now, or has not yet proved that it hears, or is behind, or
     * its publish buffer or a lane is more than half full.
     */
    DEGRADED,
    /**
     * Is being emptied, see {@link RedisFanout#drain}: still receives and delivers, but takes no
     * sessions, so that no client should be sent here.
     */
    DRAINING,
    /** Does not receive. */
    DOWN
  }

  /**
   * @param draining since when the node is being emptied; null if it is not
   * @param filling says in words what is more than half full; null if nothing is
   */
  static FanoutHealth of(
      BackplaneStatus backplane,
      @Nullable Instant draining,
      @Nullable String filling,
      FanoutCounters counters,
      Instant now) {
    Direction receiving = backplane.receiving();
    Direction publishing = backplane.publishing();
    Status status = Status.DEGRADED;
    String reason;
    Instant since = now;
    if (receiving.state() != State.UP) {
      status = Status.DOWN;
      reason = "not receiving: " + receiving.reason();
      since = receiving.since();
    } else if (draining != null) {
      status = Status.DRAINING;
      reason = "draining: " + counters.sessions() + " sessions left";
      since = draining;
    } else if (publishing.state() != State.UP) {
      reason = "not publishing: " + publishing.reason();
      since = publishing.since();
    } else if (isUnproved(backplane.proof())) {
      reason = "not proved yet: no probe has come back on this connection";
      since = receiving.since();
    } else if (isBehind(backplane.proof(), now)) {
      reason =
          "behind: the last probe that came back is of " + backplane.proof().heardUntil().get();
    } else if (filling != null) {
      reason = filling;
    } else {
      status = Status.UP;
      reason = "";
      since = receiving.since();
    }
    return new FanoutHealth(
        status,
        reason,
        since,
        backplane.proof().roundTrip(),
        backplane.bufferedMessages(),
        backplane.bufferedBytes(),
        counters);
  }

  /** In words, by what the publish buffer is more than half full; null if it is not. */
  static @Nullable String filling(BackplaneStatus status, BackplaneConfig limits) {
    if (status.bufferedMessages() <= limits.publishBufferMessages() / 2
        && status.bufferedBytes() <= limits.publishBufferBytes() / 2) {
      return null;
    }
    return "the publish buffer is filling: "
        + status.bufferedMessages()
        + " of "
        + limits.publishBufferMessages()
        + " messages, "
        + status.bufferedBytes()
        + " of "
        + limits.publishBufferBytes()
        + " bytes";
  }

  private static boolean isUnproved(Proof proof) {
    return !proof.interval().isZero() && proof.heardUntil().isEmpty();
  }

  private static boolean isBehind(Proof proof, Instant now) {
    Instant late = now.minus(proof.interval().multipliedBy(LATE_PROBES));
    return proof.heardUntil().map(heard -> heard.isBefore(late)).orElse(false);
  }
}
