package io.github.redisfanout.backplane;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A snapshot of a backplane's two directions; immutable. */
public final class BackplaneStatus {
  private final Direction receiving;
  private final Direction publishing;
  private final int bufferedMessages;
  private final long bufferedBytes;
  private final int maxBufferedMessages;
  private final long maxBufferedBytes;
  private final long reconnects;
  private final Proof proof;

  private BackplaneStatus(Builder builder) {
    receiving = builder.receiving;
    publishing = builder.publishing;
    bufferedMessages = builder.bufferedMessages;
    bufferedBytes = builder.bufferedBytes;
    maxBufferedMessages = builder.maxBufferedMessages;
    maxBufferedBytes = builder.maxBufferedBytes;
    reconnects = builder.reconnects;
    proof = builder.proof;
  }

  /** One direction is given by each argument; everything else has a default. */
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
    return bufferedMessages;
  }

  /** Their size in bytes. */
  public long bufferedBytes() {
    return bufferedBytes;
  }

  /** How many may wait; {@link Integer#MAX_VALUE} if nothing limits them. */
  public int maxBufferedMessages() {
    return maxBufferedMessages;
  }

  /** How many bytes may wait; {@link Long#MAX_VALUE} if nothing limits them. */
  public long maxBufferedBytes() {
    return maxBufferedBytes;
  }

  /** How often receiving was established again. */
  public long reconnects() {
    return reconnects;
  }

  /** What is known of the way from publishing to receiving. */
  public Proof proof() {
    return proof;
  }

  /** The same with both directions closed since then, and without a proof. */
  public BackplaneStatus closed(Instant since) {
    Direction closed = new Direction(ConnectionState.CLOSED, since, "closed");
    return builder(closed, closed)
        .buffered(bufferedMessages, bufferedBytes)
        .reconnects(reconnects)
        .build();
  }

  /** The two states, for a log. */
  @Override
  public String toString() {
    return "BackplaneStatus(receiving %s, publishing %s)"
        .formatted(receiving.state(), publishing.state());
  }

  /**
   * One direction.
   *
   * @param state what it is doing
   * @param since since when it has been in that state
   * @param reason in words why it is not {@link ConnectionState#UP}; empty when it is
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
    private int bufferedMessages;
    private long bufferedBytes;
    private int maxBufferedMessages = Integer.MAX_VALUE;
    private long maxBufferedBytes = Long.MAX_VALUE;
    private long reconnects;
    private Proof proof = Proof.NOT_WANTED;

    private Builder(Direction receiving, Direction publishing) {
      this.receiving = requireNonNull(receiving, "receiving == null");
      this.publishing = requireNonNull(publishing, "publishing == null");
    }

    /** What waits to be written. Default: nothing. */
    public Builder buffered(int messages, long bytes) {
      bufferedMessages = messages;
      bufferedBytes = bytes;
      return this;
    }

    /** How much may wait; a node is DEGRADED when more than half of it does. Default: no limit. */
    public Builder bufferLimits(int messages, long bytes) {
      maxBufferedMessages = messages;
      maxBufferedBytes = bytes;
      return this;
    }

    /** How often receiving was established again. Default 0. */
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
