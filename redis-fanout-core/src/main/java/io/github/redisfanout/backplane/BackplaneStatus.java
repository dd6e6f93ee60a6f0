package io.github.redisfanout.backplane;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A snapshot of a backplane's two directions; immutable. */
public final class BackplaneStatus {
  private final Direction receiving;
  private final Direction publishing;
  private final Buffer buffered;
  private final Buffer limits;
  private final long reconnects;
  private final Proof proof;

  private record Buffer(int messages, long bytes) {}

  private BackplaneStatus(Builder builder) {
    receiving = builder.receiving;
    publishing = builder.publishing;
    buffered = builder.buffered;
    limits = builder.limits;
    reconnects = builder.reconnects;
    proof = builder.proof;
  }

  /** A status of these directions, with defaults for all else. */
  public static Builder builder(Direction receiving, Direction publishing) {
    return new Builder(receiving, publishing);
  }

  /** The direction from the other nodes to this one. */
  public Direction receiving() {
    return receiving;
  }

  /** The direction from this node to the others. */
  public Direction publishing() {
    return publishing;
  }

  /** Messages accepted and not yet written. */
  public int bufferedMessages() {
    return buffered.messages;
  }

  /** Their size in bytes. */
  public long bufferedBytes() {
    return buffered.bytes;
  }

  /** How many may wait; {@link Integer#MAX_VALUE} if nothing limits them. */
  public int maxBufferedMessages() {
    return limits.messages;
  }

  /** How many bytes may wait; {@link Long#MAX_VALUE} if nothing limits them. */
  public long maxBufferedBytes() {
    return limits.bytes;
  }

  /** How often receiving was re-established. */
  public long reconnects() {
    return reconnects;
  }

  /** The last probe that came back. */
  public Proof proof() {
    return proof;
  }

  /** The same with both directions closed, and without a proof. */
  public BackplaneStatus closed(Instant since) {
    Direction closed = new Direction(ConnectionState.CLOSED, since, "closed");
    return builder(closed, closed)
        .buffered(buffered.messages, buffered.bytes)
        .reconnects(reconnects)
        .build();
  }

  @Override
  public String toString() {
    return "BackplaneStatus(receiving %s, publishing %s)"
        .formatted(receiving.state(), publishing.state());
  }

  /**
   * One direction.
   *
   * @param state what it is doing
   * @param since when it entered this state
   * @param reason why it is not {@link ConnectionState#UP}, for people; empty when it is
   */
  public record Direction(ConnectionState state, Instant since, String reason) {}

  /**
   * Whether what this node publishes comes back to it: the last probe that did, on the present
   * connection.
   *
   * @param interval how often a probe is sent; zero if never
   * @param receivedUntil when that probe was sent; empty while none has come back
   * @param roundTrip how long it took; empty while none has come back
   */
  public record Proof(
      Duration interval, Optional<Instant> receivedUntil, Optional<Duration> roundTrip) {

    /** Of a backplane that sends no probes. */
    public static final Proof NOT_WANTED =
        new Proof(Duration.ZERO, Optional.empty(), Optional.empty());
  }

  /** Collects a status; not thread-safe. */
  public static final class Builder {
    private final Direction receiving;
    private final Direction publishing;
    private Buffer buffered = new Buffer(0, 0);
    private Buffer limits = new Buffer(Integer.MAX_VALUE, Long.MAX_VALUE);
    private long reconnects;
    private Proof proof = Proof.NOT_WANTED;

    private Builder(Direction receiving, Direction publishing) {
      this.receiving = requireNonNull(receiving, "receiving == null");
      this.publishing = requireNonNull(publishing, "publishing == null");
    }

    /** The messages that wait to be written. Default: none. */
    public Builder buffered(int messages, long bytes) {
      buffered = new Buffer(messages, bytes);
      return this;
    }

    /** How much may wait; a node with more than half of it is DEGRADED. Default: no limit. */
    public Builder bufferLimits(int messages, long bytes) {
      limits = new Buffer(messages, bytes);
      return this;
    }

    /** How often receiving was re-established. Default 0. */
    public Builder reconnects(long reconnects) {
      this.reconnects = reconnects;
      return this;
    }

    /** Default {@link Proof#NOT_WANTED}. */
    public Builder proof(Proof proof) {
      this.proof = requireNonNull(proof, "proof == null");
      return this;
    }

    /** The status. */
    public BackplaneStatus build() {
      return new BackplaneStatus(this);
    }
  }
}
