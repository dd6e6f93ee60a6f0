package io.github.redisfanout.backplane.redis;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.internal.Checks;
import java.time.Duration;

/**
 * How a node talks to Redis: buffers, timeouts and probes; immutable.
 *
 * <p>The {@link Builder} documents each value. Not configurable: a heartbeat is sent every third of
 * the read timeout, and the pause before a reconnect is random up to a limit that doubles from 50
 * ms to 5 s.
 */
public final class RedisConfig {
  private final int publishBufferMessages;
  private final long publishBufferBytes;
  private final Duration publishTimeout;
  private final Duration readTimeout;
  private final Duration probeInterval;
  private final Fencing fencing;

  private RedisConfig(Builder builder) {
    publishBufferMessages = builder.publishBufferMessages;
    publishBufferBytes = builder.publishBufferBytes;
    publishTimeout = builder.publishTimeout;
    readTimeout = builder.readTimeout;
    probeInterval = builder.probeInterval;
    fencing = builder.fencing;
  }

  /** All defaults. */
  public static RedisConfig defaults() {
    return builder().build();
  }

  /** All defaults, to be changed. */
  public static Builder builder() {
    return new Builder();
  }

  /** See {@link Builder#publishBufferMessages}. */
  public int publishBufferMessages() {
    return publishBufferMessages;
  }

  /** See {@link Builder#publishBufferBytes}. */
  public long publishBufferBytes() {
    return publishBufferBytes;
  }

  /** See {@link Builder#publishTimeout}. */
  public Duration publishTimeout() {
    return publishTimeout;
  }

  /** See {@link Builder#readTimeout}. */
  public Duration readTimeout() {
    return readTimeout;
  }

  /** See {@link Builder#probeInterval}. */
  public Duration probeInterval() {
    return probeInterval;
  }

  /** See {@link Builder#fencing}. */
  public Fencing fencing() {
    return fencing;
  }

  Duration heartbeatInterval() {
    return readTimeout.dividedBy(3);
  }

  /** After this time an idle publishing connection is tested; a probe comes first. */
  Duration idleLimit() {
    return heartbeatInterval().multipliedBy(5).dividedBy(4);
  }

  @Override
  public String toString() {
    return "RedisConfig(publishTimeout %s, readTimeout %s, probeInterval %s)"
        .formatted(publishTimeout, readTimeout, probeInterval);
  }

  /**
   * Collects settings; not thread-safe.
   *
   * <p>Setters throw {@link IllegalArgumentException} for a bad value. Numbers are at least 1,
   * durations 1 ms to 24 days unless stated otherwise.
   */
  public static final class Builder {
    private int publishBufferMessages = 10_000;
    private long publishBufferBytes = 16L << 20;
    private Duration publishTimeout = Duration.ofSeconds(5);
    private Duration readTimeout = Duration.ofSeconds(15);
    private Duration probeInterval = Duration.ofSeconds(5);
    private Fencing fencing = Fencing.AUTO;

    private Builder() {}

    /** Messages that may wait to be sent. Default 10,000. */
    public Builder publishBufferMessages(int messages) {
      publishBufferMessages = Checks.atLeast(1, "publishBufferMessages", messages);
      return this;
    }

    /** Bytes that may wait to be sent. Default 16 MiB. */
    public Builder publishBufferBytes(long bytes) {
      publishBufferBytes = Checks.atLeast(1, "publishBufferBytes", bytes);
      return this;
    }

    /** How long a message may wait to be sent before it expires. Default 5 s. */
    public Builder publishTimeout(Duration timeout) {
      publishTimeout = Checks.positive("publishTimeout", timeout);
      return this;
    }

    /** A connection without an answer for this long counts as dead. Default 15 s. */
    public Builder readTimeout(Duration timeout) {
      readTimeout = Checks.positive("readTimeout", timeout);
      return this;
    }

    /**
     * How often a node publishes a probe to itself, to detect a dead subscription. Default 5 s;
     * {@link Duration#ZERO} is never.
     *
     * <p>A dead subscription is detected within two intervals, and never without probes. The
     * probe's channel is the first channel's name, {@code :probe:} and random digits: the Redis
     * user needs permission for it.
     */
    public Builder probeInterval(Duration interval) {
      requireNonNull(interval, "probeInterval == null");
      probeInterval = interval.isZero() ? interval : Checks.positive("probeInterval", interval);
      return this;
    }

    /**
     * Whether messages are published so that a server that is no longer the master refuses them.
     * Default {@link Fencing#AUTO}.
     *
     * <p>A batch is one transaction with the deletion of the key {@code
     * <channel>:redis-fanout:fence}, which never exists. The Redis user needs {@code +multi +exec
     * +del} and that key; without them messages are published without the fence.
     */
    public Builder fencing(Fencing fencing) {
      this.fencing = requireNonNull(fencing, "fencing == null");
      return this;
    }

    /** The configuration. */
    public RedisConfig build() {
      return new RedisConfig(this);
    }
  }
}
