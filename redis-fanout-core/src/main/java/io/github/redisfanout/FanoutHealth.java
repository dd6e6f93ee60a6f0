package io.github.redisfanout;

import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.ConnectionState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The health of a node, as an immutable snapshot. */
public final class FanoutHealth {
  /** A node is behind after this many probe intervals in which none came back. */
  private static final int LATE_PROBES = 3;

  /** The summary. More values may be added. */
  public enum Status {
    /** Receives and publishes; probes come back, if the backplane sends them. */
    UP,
    /**
     * Receives, but something is wrong; {@link FanoutHealth#reason} says what.
     *
     * <p>It cannot publish, no probe has come back yet or lately, the server is unconfirmed, the
     * publish buffer or a lane is more than half full, or a transport or registry blocks.
     */
    DEGRADED,
    /** Receives and delivers, but takes no sessions: see {@link RedisFanout#drain}. */
    DRAINING,
    /** Does not receive, or cannot publish if it is a node that only publishes. */
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
   * @param draining when the drain began; null if it did not
   * @param delivering what is wrong with delivering, for people; null if nothing is
   */
  static FanoutHealth of(
      BackplaneStatus backplane,
      boolean receives,
      @Nullable Instant draining,
      @Nullable String delivering,
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
    } else if (backplane.doubt().isPresent()) {
      reason = "unconfirmed: " + backplane.doubt().get();
    } else if (isBehind(proof, now)) {
      reason = "behind: the last probe that came back is of " + proof.receivedUntil().get();
    } else if (full != null || delivering != null) {
      reason = full != null ? full : String.valueOf(delivering);
    } else {
      status = Status.UP;
      reason = "";
      since = receives ? receiving.since() : publishing.since();
    }
    return new FanoutHealth(status, reason, since, backplane, counters);
  }

  /** A description of the publish buffer if it is more than half full; else null. */
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

  /** The status. */
  public Status status() {
    return status;
  }

  /** Why it is not {@link Status#UP}, for people; empty when it is. */
  public String reason() {
    return reason;
  }

  /**
   * What the configuration of Redis or of this node restricts, for people, such as a permission
   * that is missing. Does not change the {@link #status}. Unmodifiable.
   */
  public List<String> notes() {
    return backplane.notes();
  }

  /** When the direction that decides entered its state; else the time of the snapshot. */
  public Instant since() {
    return since;
  }

  /** The time of the last probe, from publishing to receiving; empty before the first one. */
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
