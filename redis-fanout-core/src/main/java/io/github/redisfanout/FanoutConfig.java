package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.backplane.BackplaneConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What all parts of a node must agree on; immutable.
 *
 * <p>What each value means, its unit and its default: see the method of the same name of the {@link
 * Builder}.
 */
public final class FanoutConfig {
  private final String channel;
  private final int maxMessageBytes;
  private final int maxDepth;
  private final int sessionQueueMessages;
  private final int sessionQueueBytes;
  private final OverflowPolicy overflowPolicy;
  private final int maxSessions;
  private final int maxSessionsPerUser;
  private final SessionLimitPolicy sessionLimitPolicy;
  private final Duration writeTimeout;
  private final Duration pingInterval;
  private final Duration silenceLimit;
  private final int lanes;
  private final long laneBytes;
  private final Duration closeTimeout;
  private final @Nullable String gapNotice; // null: clients are told nothing
  private final @Nullable ContextPropagator contextPropagator; // null: no headers
  private final @Nullable MessageAuthentication authentication; // null: nothing is signed
  private final BackplaneConfig backplane;

  private FanoutConfig(Builder builder) {
    channel = builder.channel;
    maxMessageBytes = builder.maxMessageBytes;
    maxDepth = builder.maxDepth;
    sessionQueueMessages = builder.sessionQueueMessages;
    sessionQueueBytes = builder.sessionQueueBytes;
    overflowPolicy = builder.overflowPolicy;
    maxSessions = builder.maxSessions;
    maxSessionsPerUser = builder.maxSessionsPerUser;
    sessionLimitPolicy = builder.sessionLimitPolicy;
    writeTimeout = builder.writeTimeout;
    pingInterval = builder.pingInterval;
    silenceLimit = builder.silenceLimit;
    lanes = builder.lanes;
    laneBytes = builder.laneBytes;
    closeTimeout = builder.closeTimeout;
    gapNotice = builder.gapNotice;
    contextPropagator = builder.contextPropagator;
    authentication = builder.authentication;
    backplane = builder.backplane;
    if (silenceLimit.compareTo(pingInterval) <= 0) {
      throw new IllegalArgumentException(
          "silenceLimit must be longer than pingInterval: " + silenceLimit + " <= " + pingInterval);
    }
    if (authentication != null
        && authentication.tolerance().compareTo(backplane.publishTimeout()) <= 0) {
      throw new IllegalArgumentException(
          "the authentication's tolerance must be longer than publishTimeout: "
              + authentication.tolerance()
              + " <= "
              + backplane.publishTimeout());
    }
  }

  /** All defaults. */
  public static FanoutConfig defaults() {
    return builder().build();
  }

  /** All defaults, to be changed. */
  public static Builder builder() {
    return new Builder();
  }

  /** See {@link Builder#channel}. */
  public String channel() {
    return channel;
  }

  /** See {@link Builder#maxMessageBytes}. */
  public int maxMessageBytes() {
    return maxMessageBytes;
  }

  /** See {@link Builder#maxDepth}. */
  public int maxDepth() {
    return maxDepth;
  }

  /** See {@link Builder#sessionQueueMessages}. */
  public int sessionQueueMessages() {
    return sessionQueueMessages;
  }

  /** See {@link Builder#sessionQueueBytes}. */
  public int sessionQueueBytes() {
    return sessionQueueBytes;
  }

  /** See {@link Builder#overflowPolicy}. */
  public OverflowPolicy overflowPolicy() {
    return overflowPolicy;
  }

  /** See {@link Builder#maxSessions}. */
  public int maxSessions() {
    return maxSessions;
  }

  /** See {@link Builder#maxSessionsPerUser}. */
  public int maxSessionsPerUser() {
    return maxSessionsPerUser;
  }

  /** See {@link Builder#sessionLimitPolicy}. */
  public SessionLimitPolicy sessionLimitPolicy() {
    return sessionLimitPolicy;
  }

  /** See {@link Builder#writeTimeout}. */
  public Duration writeTimeout() {
    return writeTimeout;
  }

  /** See {@link Builder#pingInterval}. */
  public Duration pingInterval() {
    return pingInterval;
  }

  /** See {@link Builder#silenceLimit}. */
  public Duration silenceLimit() {
    return silenceLimit;
  }

  /** See {@link Builder#lanes}. */
  public int lanes() {
    return lanes;
  }

  /** See {@link Builder#laneBytes}. */
  public long laneBytes() {
    return laneBytes;
  }

  /** See {@link Builder#closeTimeout}. */
  public Duration closeTimeout() {
    return closeTimeout;
  }

  /** See {@link Builder#gapNotice}. */
  public Optional<String> gapNotice() {
    return Optional.ofNullable(gapNotice);
  }

  /** See {@link Builder#contextPropagator}. */
  public Optional<ContextPropagator> contextPropagator() {
    return Optional.ofNullable(contextPropagator);
  }

  /** See {@link Builder#authentication}. */
  public Optional<MessageAuthentication> authentication() {
    return Optional.ofNullable(authentication);
  }

  /** See {@link Builder#backplane}. */
  public BackplaneConfig backplane() {
    return backplane;
  }

  /**
   * Collects settings; not thread-safe.
   *
   * <p>Every setter refuses a bad value at once, with {@link IllegalArgumentException}. Numbers are
   * at least 1 unless said otherwise, durations 1 ms to 24 days.
   */
  public static final class Builder {
    private String channel = "chat_broadcast_channel";
    private int maxMessageBytes = 1 << 20;
    private int maxDepth = 64;
    private int sessionQueueMessages = 256;
    private int sessionQueueBytes = 1 << 20;
    private OverflowPolicy overflowPolicy = OverflowPolicy.DISCONNECT;
    private int maxSessions = Integer.MAX_VALUE;
    private int maxSessionsPerUser = Integer.MAX_VALUE;
    private SessionLimitPolicy sessionLimitPolicy = SessionLimitPolicy.REFUSE_NEW;
    private Duration writeTimeout = Duration.ofSeconds(10);
    private Duration pingInterval = Duration.ofSeconds(25);
    private Duration silenceLimit = Duration.ofSeconds(60);
    private int lanes = Runtime.getRuntime().availableProcessors();
    private long laneBytes = 16L << 20;
    private Duration closeTimeout = Duration.ofSeconds(5);
    private @Nullable String gapNotice; // null: clients are told nothing
    private @Nullable ContextPropagator contextPropagator; // null: no headers
    private @Nullable MessageAuthentication authentication; // null: nothing is signed
    private BackplaneConfig backplane = BackplaneConfig.defaults();

    private Builder() {}

    /**
     * The Redis channel. Default {@code chat_broadcast_channel}.
     *
     * <p>Two applications on one Redis need two channels; two databases do not separate them.
     */
    public Builder channel(String channel) {
      requireNonNull(channel, "channel == null");
      if (channel.isEmpty() || !StandardCharsets.UTF_8.newEncoder().canEncode(channel)) {
        throw new IllegalArgumentException(
            "channel must not be empty or have an unpaired surrogate: '" + channel + "'");
      }
      this.channel = channel;
      return this;
    }

    /** The largest message, envelope included, in bytes. Default 1 MiB; at least 64. */
    public Builder maxMessageBytes(int bytes) {
      maxMessageBytes = (int) atLeast(64, "maxMessageBytes", bytes);
      return this;
    }

    /** How deep a message may be nested, its envelope included. Default 64; at least 2. */
    public Builder maxDepth(int depth) {
      maxDepth = (int) atLeast(2, "maxDepth", depth);
      return this;
    }

    /** Messages that may wait for one session, behind the one on its way. Default 256. */
    public Builder sessionQueueMessages(int messages) {
      sessionQueueMessages = (int) atLeast(1, "sessionQueueMessages", messages);
      return this;
    }

    /** Bytes that may wait for one session, behind the message on its way. Default 1 MiB. */
    public Builder sessionQueueBytes(int bytes) {
      sessionQueueBytes = (int) atLeast(1, "sessionQueueBytes", bytes);
      return this;
    }

    /**
     * What happens when a session's queue is full. Default {@link OverflowPolicy#DISCONNECT}; a
     * session may have {@linkplain FanoutSession#overflowPolicy(OverflowPolicy) its own}.
     */
    public Builder overflowPolicy(OverflowPolicy policy) {
      overflowPolicy = requireNonNull(policy, "overflowPolicy == null");
      return this;
    }

    /**
     * Sessions that the node takes; one more is closed at once with {@link Disconnect#NODE_FULL}.
     * Default: no limit.
     */
    public Builder maxSessions(int sessions) {
      maxSessions = (int) atLeast(1, "maxSessions", sessions);
      return this;
    }

    /**
     * Sessions that one user may have on this node; what happens with one more says {@link
     * #sessionLimitPolicy}. Default: no limit.
     */
    public Builder maxSessionsPerUser(int sessions) {
      maxSessionsPerUser = (int) atLeast(1, "maxSessionsPerUser", sessions);
      return this;
    }

    /**
     * Who has to go when a user has too many sessions. Default {@link
     * SessionLimitPolicy#REFUSE_NEW}.
     */
    public Builder sessionLimitPolicy(SessionLimitPolicy policy) {
      sessionLimitPolicy = requireNonNull(policy, "sessionLimitPolicy == null");
      return this;
    }

    /** How long one write may take before the session is aborted. Default 10 s. */
    public Builder writeTimeout(Duration timeout) {
      writeTimeout = positive("writeTimeout", timeout);
      return this;
    }

    /** How often an idle session is asked for a sign of life. Default 25 s. */
    public Builder pingInterval(Duration interval) {
      pingInterval = positive("pingInterval", interval);
      return this;
    }

    /**
     * After what silence a session that can be pinged is aborted. Default 60 s; longer than the
     * ping interval.
     */
    public Builder silenceLimit(Duration limit) {
      silenceLimit = positive("silenceLimit", limit);
      return this;
    }

    /** Threads that deliver; a session stays on one. Default: the number of processors. */
    public Builder lanes(int lanes) {
      this.lanes = (int) atLeast(1, "lanes", lanes);
      return this;
    }

    /**
     * Bytes that may wait in all lanes together. Default 16 MiB.
     *
     * <p>Keep it well below Redis' {@code client-output-buffer-limit pubsub}.
     */
    public Builder laneBytes(long bytes) {
      laneBytes = atLeast(1, "laneBytes", bytes);
      return this;
    }

    /** How long closing a node may take to send what waits. Default 5 s. */
    public Builder closeTimeout(Duration timeout) {
      closeTimeout = positive("closeTimeout", timeout);
      return this;
    }

    /**
     * JSON that every open session is sent after a gap, before the first message after it, so that
     * clients reload what they may have missed. Default: they are told nothing.
     *
     * <p>Exactly one JSON value; a node that is built with anything else throws {@link
     * IllegalArgumentException}.
     */
    public Builder gapNotice(String json) {
      gapNotice = requireNonNull(json, "json == null");
      return this;
    }

    /**
     * Carries a trace, or another context, with each message. Default: none, and then a message has
     * no {@code headers}.
     */
    public Builder contextPropagator(ContextPropagator propagator) {
      contextPropagator = requireNonNull(propagator, "contextPropagator == null");
      return this;
    }

    /**
     * Signs what is published and refuses what is not signed. Default: neither; who may publish on
     * the channel is then up to Redis' own access control.
     */
    public Builder authentication(MessageAuthentication authentication) {
      this.authentication = requireNonNull(authentication, "authentication == null");
      return this;
    }

    /**
     * How the backplane buffers, waits and reconnects. Default {@link BackplaneConfig#defaults}.
     */
    public Builder backplane(BackplaneConfig config) {
      backplane = requireNonNull(config, "backplane == null");
      return this;
    }

    /**
     * The configuration.
     *
     * @throws IllegalArgumentException if two settings contradict each other
     */
    public FanoutConfig build() {
      return new FanoutConfig(this);
    }

    private static long atLeast(long least, String name, long value) {
      if (value < least) {
        throw new IllegalArgumentException(name + " must be at least " + least + ": " + value);
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
