package io.github.redisfanout;

import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.ConnectionState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How a node is, and the numbers behind it; an immutable snapshot. */
public final class FanoutHealth {
  /** A node is behind after this many probe intervals in which none came back. */
  private static final int LATE_PROBES = 3;

  /** The summary. More values may be added. */
  public enum Status {
    /**
     * Receives and publishes; if the backplane sends probes, they come back: the node receives what
     * it publishes itself.
     */
    UP,
    /**
     * Receives, but cannot publish right now, or no probe has come back yet, or is behind, or its
     * publish buffer or a lane is more than half full.
     */
    DEGRADED,
    /**
     * Is being emptied, see {@link RedisFanout#drain}: still receives and delivers, but takes no
     * sessions, so that no client should be sent here.
     */
    DRAINING,
    /** Does not receive; a node that only publishes: does not publish. */
    DOWN
  }

  private final Status status;
  private final String reason;
  private final Instant since;
  private final BackplaneStatus backplane;
  private final FanoutCounters counters;

  private FanoutHealth(
      Status status,
      String reason,
      Instant since,
      BackplaneStatus backplane,
      FanoutCounters counters) {
    this.status = status;
    this.reason = reason;
    this.since = since;
    this.backplane = backplane;
    this.counters = counters;
  }

  /**
   * @param receives false for a node that only publishes
   * @param draining since when the node is being emptied; null if it is not
   * @param filling says in words which lane is more than half full; null if none is
   */
  static FanoutHealth of(
      BackplaneStatus backplane,
      boolean receives,
      @Nullable Instant draining,
      @Nullable String filling,
      FanoutCounters counters,
      Instant now) {
    Direction receiving = backplane.receiving();
    Direction publishing = backplane.publishing();
    Proof proof = backplane.proof();
    String full = fillingBuffer(backplane);
    Status status = Status.DEGRADED;
    String reason;
    Instant since = now;
    if (receives && receiving.state() != ConnectionState.UP) {
      status = Status.DOWN;
      reason = "not receiving: " + receiving.reason();
      since = receiving.since();
    } else if (draining != null) {
      status = Status.DRAINING;
      reason = "draining: " + counters.sessions() + " sessions left";
      since = draining;
    } else if (publishing.state() != ConnectionState.UP) {
      status = receives ? Status.DEGRADED : Status.DOWN;
      reason = "not publishing: " + publishing.reason();
      since = publishing.since();
    } else if (!proof.interval().isZero() && proof.receivedUntil().isEmpty()) {
      reason = "not proved yet: no probe has come back on this connection";
      since = receiving.since();
    } else if (isBehind(proof, now)) {
      reason = "behind: the last probe that came back is of " + proof.receivedUntil().get();
    } else if (full != null || filling != null) {
      reason = full != null ? full : String.valueOf(filling);
    } else {
      status = Status.UP;
      reason = "";
      since = receives ? receiving.since() : publishing.since();
    }
    return new FanoutHealth(status, reason, since, backplane, counters);
  }

  /** In words, by what the publish buffer is more than half full; null if it is not. */
  private static @Nullable String fillingBuffer(BackplaneStatus status) {
    if (status.bufferedMessages() <= status.maxBufferedMessages() / 2
        && status.bufferedBytes() <= status.maxBufferedBytes() / 2) {
      return null;
    }
    return "the publish buffer is filling: %s of %s messages, %s of %s bytes"
        .formatted(
            status.bufferedMessages(),
            status.maxBufferedMessages(),
            status.bufferedBytes(),
            status.maxBufferedBytes());
  }

  private static boolean isBehind(Proof proof, Instant now) {
    Instant late = now.minus(proof.interval().multipliedBy(LATE_PROBES));
    return proof.receivedUntil().map(sent -> sent.isBefore(late)).orElse(false);
  }

  /** The summary. */
  public Status status() {
    return status;
  }

  /** In words why it is not {@link Status#UP}; empty when it is. */
  public String reason() {
    return reason;
  }

  /**
   * Since when the direction that decides has been in its state; if something is filling or behind,
   * the time of the snapshot.
   */
  public Instant since() {
    return since;
  }

  /**
   * How long the last probe took from publishing to receiving; empty while none has come back on
   * the present connection, and without probes.
   */
  public Optional<Duration> roundTrip() {
    return backplane.proof().roundTrip();
  }

  /** Publishes that wait to be sent. */
  public int bufferedMessages() {
    return backplane.bufferedMessages();
  }

  /** The size of the publishes that wait to be sent, in bytes. */
  public long bufferedBytes() {
    return backplane.bufferedBytes();
  }

  /** All counts since the node was built. */
  public FanoutCounters counters() {
    return counters;
  }

  @Override
  public String toString() {
    return reason.isEmpty() ? status.toString() : status + " (" + reason + ")";
  }
}
