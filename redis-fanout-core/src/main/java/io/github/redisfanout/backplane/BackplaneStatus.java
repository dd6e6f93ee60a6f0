package io.github.redisfanout.backplane;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.backplane.BackplaneEvent.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A snapshot of a backplane's two directions; immutable. */
public final class BackplaneStatus {
  private final Direction receiving;
  private final Direction publishing;
  private final Buffer buffered;
  private final Buffer limits;
  private final long reconnects;
  private final Proof proof;
  private final Optional<String> doubt;
  private final List<String> notes;
  private final Map<Kind, Long> events;

  private record Buffer(int messages, long bytes) {}

  private BackplaneStatus(Builder builder) {
    receiving = builder.receiving;
    publishing = builder.publishing;
    buffered = builder.buffered;
    limits = builder.limits;
    reconnects = builder.reconnects;
    proof = builder.proof;
    doubt = builder.doubt;
    notes = builder.notes;
    events = builder.events;
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

  /** Why the server may be the wrong one, for people; empty while it is confirmed. */
  public Optional<String> doubt() {
    return doubt;
  }

  /** What is restricted by the configuration of Redis or of this node, for people. Unmodifiable. */
  public List<String> notes() {
    return notes;
  }

  /** How often each kind of event happened; a kind that never did is absent. Unmodifiable. */
  public Map<Kind, Long> events() {
    return events;
  }

  /** The same with both directions closed, and without a proof. */
  public BackplaneStatus closed(Instant since) {
    Direction closed = new Direction(ConnectionState.CLOSED, since, "closed");
    return builder(closed, closed)
        .buffered(buffered.messages, buffered.bytes)
        .reconnects(reconnects)
        .events(events)
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
    private Optional<String> doubt = Optional.empty();
    private List<String> notes = List.of();
    private Map<Kind, Long> events = Map.of();

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

    /** Why the server may be the wrong one. Default: it is confirmed. */
    public Builder doubt(Optional<String> doubt) {
      this.doubt = requireNonNull(doubt, "doubt == null");
      return this;
    }

    /** What is restricted by configuration. Default: nothing. */
    public Builder notes(List<String> notes) {
      this.notes = List.copyOf(notes);
      return this;
    }

    /** How often each kind of event happened. Default: never. */
    public Builder events(Map<Kind, Long> events) {
      this.events = Map.copyOf(events);
      return this;
    }

    /** The status. */
    public BackplaneStatus build() {
      return new BackplaneStatus(this);
    }
  }
}
