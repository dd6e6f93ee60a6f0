package io.github.redisfanout.backplane;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How a backplane buffers, waits and reconnects; immutable.
 *
 * <p>What each value means, its unit and its default: see the method of the same name of the {@link
 * Builder}.
 */
public final class BackplaneConfig {
  private final int publishBufferMessages;
  private final long publishBufferBytes;
  private final Duration publishTimeout;
  private final Duration heartbeatInterval;
  private final Duration readTimeout;
  private final Duration probeInterval;
  private final Duration minBackoff;
  private final Duration maxBackoff;

  private BackplaneConfig(Builder builder) {
    publishBufferMessages = builder.publishBufferMessages;
    publishBufferBytes = builder.publishBufferBytes;
    publishTimeout = builder.publishTimeout;
    heartbeatInterval = builder.heartbeatInterval;
    readTimeout = builder.readTimeout;
    probeInterval = builder.probeInterval;
    minBackoff = builder.minBackoff;
    maxBackoff = builder.maxBackoff;
    if (readTimeout.compareTo(heartbeatInterval) <= 0) {
      throw new IllegalArgumentException(
          "readTimeout must be longer than heartbeatInterval: "
              + readTimeout
              + " <= "
              + heartbeatInterval);
    }
    if (maxBackoff.compareTo(minBackoff) < 0) {
      throw new IllegalArgumentException(
          "maxBackoff must be at least minBackoff: " + maxBackoff + " < " + minBackoff);
    }
  }

  /** All defaults. */
  public static BackplaneConfig defaults() {
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

  /** See {@link Builder#heartbeatInterval}. */
  public Duration heartbeatInterval() {
    return heartbeatInterval;
  }

  /** See {@link Builder#readTimeout}. */
  public Duration readTimeout() {
    return readTimeout;
  }

  /** See {@link Builder#probeInterval}. */
  public Duration probeInterval() {
    return probeInterval;
  }

  /** See {@link Builder#minBackoff}. */
  public Duration minBackoff() {
    return minBackoff;
  }

  /** See {@link Builder#maxBackoff}. */
  public Duration maxBackoff() {
    return maxBackoff;
  }

  /**
   * Collects settings; not thread-safe.
   *
   * <p>Every setter refuses a bad value at once, with {@link IllegalArgumentException}. Numbers are
   * at least 1 unless said otherwise, durations 1 ms to 24 days.
   */
  public static final class Builder {
    private int publishBufferMessages = 10_000;
    private long publishBufferBytes = 16L << 20;
    private Duration publishTimeout = Duration.ofSeconds(5);
    private Duration heartbeatInterval = Duration.ofSeconds(5);
    private Duration readTimeout = Duration.ofSeconds(15);
    private Duration probeInterval = Duration.ofSeconds(5);
    private Duration minBackoff = Duration.ofMillis(50);
    private Duration maxBackoff = Duration.ofSeconds(5);

    private Builder() {}

    /** Messages that may wait to be sent. Default 10,000; at least 1. */
    public Builder publishBufferMessages(int messages) {
      publishBufferMessages = Math.toIntExact(atLeastOne("publishBufferMessages", messages));
      return this;
    }

    /** Bytes that may wait to be sent. Default 16 MiB; at least 1. */
    public Builder publishBufferBytes(long bytes) {
      publishBufferBytes = atLeastOne("publishBufferBytes", bytes);
      return this;
    }

    /** How long a message may wait to be sent before it expires. Default 5 s. */
    public Builder publishTimeout(Duration timeout) {
      publishTimeout = positive("publishTimeout", timeout);
      return this;
    }

    /** How often an open connection is asked for a sign of life. Default 5 s. */
    public Builder heartbeatInterval(Duration interval) {
      heartbeatInterval = positive("heartbeatInterval", interval);
      return this;
    }

    /**
     * After what silence a connection counts as dead. Default 15 s; longer than the heartbeat
     * interval, three times it is a good choice.
     */
    public Builder readTimeout(Duration timeout) {
      readTimeout = positive("readTimeout", timeout);
      return this;
    }

    /**
     * How often a node publishes a message to itself, to prove that it hears. Default 5 s; {@link
     * Duration#ZERO} is never.
     *
     * <p>A node that is connected and deaf is found within two intervals. The probe has a channel
     * of its own, whose name is that of the first channel, {@code :probe:} and random digits: the
     * Redis user must be allowed to use it. Without probes such a node is never found.
     */
    public Builder probeInterval(Duration interval) {
      requireNonNull(interval, "probeInterval == null");
      probeInterval = interval.isZero() ? interval : positive("probeInterval", interval);
      return this;
    }

    /** The longest first pause before a reconnect; doubles with each failure. Default 50 ms. */
    public Builder minBackoff(Duration backoff) {
      minBackoff = positive("minBackoff", backoff);
      return this;
    }

    /** The longest pause before a reconnect. Default 5 s. */
    public Builder maxBackoff(Duration backoff) {
      maxBackoff = positive("maxBackoff", backoff);
      return this;
    }

    /**
     * The configuration.
     *
     * @throws IllegalArgumentException if two settings contradict each other
     */
    public BackplaneConfig build() {
      return new BackplaneConfig(this);
    }

    private static long atLeastOne(String name, long value) {
      if (value < 1) {
        throw new IllegalArgumentException(name + " must be at least 1: " + value);
      }
      return value;
    }

    private static Duration positive(String name, Duration value) {
      requireNonNull(value, () -> name + " == null");
      if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(Duration.ofDays(24)) > 0) {
        throw new IllegalArgumentException(name + " must be 1 ms to 24 days: " + value);
      }
      return value;
    }
  }
}
