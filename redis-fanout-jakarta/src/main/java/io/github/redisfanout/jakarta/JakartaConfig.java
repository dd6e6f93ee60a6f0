package io.github.redisfanout.jakarta;

import org.jspecify.annotations.Nullable;

/**
 * What an adapter accepts from clients; immutable.
 *
 * <p>What each value means, its unit and its default: see the {@link Builder}.
 */
public final class JakartaConfig {
  private final int inboundTextLimitBytes;
  private final int inboundMessagesPerSecond;
  private final int inboundBurst;
  private final boolean openWhenReady;

  private JakartaConfig(Builder builder) {
    inboundTextLimitBytes = builder.inboundTextLimitBytes;
    inboundMessagesPerSecond = builder.inboundMessagesPerSecond;
    inboundBurst = builder.inboundBurst;
    openWhenReady = builder.openWhenReady;
  }

  /** All defaults. */
  public static JakartaConfig defaults() {
    return builder().build();
  }

  /** All defaults, to be changed. */
  public static Builder builder() {
    return new Builder();
  }

  /** See {@link Builder#inboundTextLimitBytes}. */
  public int inboundTextLimitBytes() {
    return inboundTextLimitBytes;
  }

  /** 0: no limit. See {@link Builder#inboundRate}. */
  public int inboundMessagesPerSecond() {
    return inboundMessagesPerSecond;
  }

  /** How many at once after a pause; see {@link Builder#inboundRate}. */
  public int inboundBurst() {
    return inboundBurst;
  }

  /** See {@link Builder#openWhenReady}. */
  public boolean openWhenReady() {
    return openWhenReady;
  }

  /** One for each session; null: no limit. */
  @Nullable TokenBucket newRateLimit() {
    return inboundMessagesPerSecond == 0
        ? null
        : new TokenBucket(inboundMessagesPerSecond, inboundBurst, System::nanoTime);
  }

  /** The settings. */
  @Override
  public String toString() {
    return "JakartaConfig(inboundTextLimitBytes "
        + inboundTextLimitBytes
        + ", inboundRate "
        + (inboundMessagesPerSecond == 0
            ? "without limit"
            : inboundMessagesPerSecond + " a second, burst " + inboundBurst)
        + ", openWhenReady "
        + openWhenReady
        + ")";
  }

  /** Collects settings; not thread-safe. Every setter refuses a bad value at once. */
  public static final class Builder {
    private int inboundTextLimitBytes = 64 << 10;
    private int inboundMessagesPerSecond; // 0: no limit
    private int inboundBurst = 1;
    private boolean openWhenReady;

    private Builder() {}

    /**
     * The longest text message a client may send, in bytes of UTF-8; a longer one closes its
     * session with {@link io.github.redisfanout.Disconnect#TOO_LONG}, 4413. Default 64 KiB; at
     * least 1.
     *
     * <p>{@link FanoutEndpoint} enforces it on every container, and keeps no more than that of a
     * message that comes in parts. Tyrus itself keeps each frame whole before it hands it on, up to
     * its {@code org.glassfish.tyrus.incomingBufferSize}, 4 MiB by default. For other endpoints it
     * is passed to the container, which may count UTF-16 units in place of bytes, may keep a buffer
     * of that many units for each session that has sent a text (Tomcat does both), or may ignore
     * it. A container that refuses a text itself closes the session with 1009. {@link
     * JakartaFanout#onText} checks what the container lets through.
     */
    public Builder inboundTextLimitBytes(int bytes) {
      if (bytes < 1) {
        throw new IllegalArgumentException("inboundTextLimitBytes must be at least 1: " + bytes);
      }
      inboundTextLimitBytes = bytes;
      return this;
    }

    /**
     * How many text messages a session may send each second, and how many at once after a pause.
     * One more closes it with {@link io.github.redisfanout.Disconnect#TOO_FAST}, 4429. Default: no
     * limit. Both at least 1.
     *
     * <p>Enforced by {@link FanoutEndpoint}, and where an application calls {@link
     * JakartaFanout#onText}.
     */
    public Builder inboundRate(int messagesPerSecond, int burst) {
      if (messagesPerSecond < 1 || burst < 1) {
        throw new IllegalArgumentException(
            "inboundRate must be at least 1 message per second and a burst of 1: "
                + messagesPerSecond
                + ", "
                + burst);
      }
      inboundMessagesPerSecond = messagesPerSecond;
      inboundBurst = burst;
      return this;
    }

    /**
     * Whether the {@link OpenHandler} of a {@link FanoutEndpoint} gets a session only when it is
     * {@linkplain io.github.redisfanout.FanoutSession#ready ready}: nothing that is published from
     * then on is missed. Default false.
     *
     * <p>No thread of the container waits: the handler is called on the node's callback executor,
     * or at once if the session is ready. Until then texts of the client go to the text handler, so
     * let clients wait for what the open handler sends. A session that closes first never comes to
     * the handler. An annotated endpoint calls {@code ready()} itself.
     */
    public Builder openWhenReady(boolean whenReady) {
      openWhenReady = whenReady;
      return this;
    }

    /** An immutable copy of the settings. */
    public JakartaConfig build() {
      return new JakartaConfig(this);
    }
  }
}
