package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.internal.Checks;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a node; immutable. The {@link Builder} documents each value.
 *
 * <p>For the connection to Redis see {@link io.github.redisfanout.backplane.redis.RedisConfig}.
 */
public final class FanoutConfig {
  private final Settings values; // not shared

  private FanoutConfig(Settings values) {
    this.values = values;
  }

  private static final class Settings implements Cloneable {
    private final String channel;
    private int maxMessageBytes = 1 << 20;
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
    private long deliveryBufferBytes = 16L << 20;
    private @Nullable String gapNotice; // null: none is sent
    private @Nullable String outageNotice; // null: none is sent
    private @Nullable String readyNotice; // null: none is sent
    private @Nullable ContextPropagator contextPropagator; // null: no headers
    private boolean acceptControl = true;
    private Routing routing = Routing.BROADCAST;
    private boolean trackPresence;
    private int maxGroupsPerSession = 100;
    private @Nullable Function<String, ? extends Collection<String>> groupsOf; // null: none
    private @Nullable MessageAuthentication authentication; // null: nothing is signed

    Settings(String channel) {
      this.channel = channel;
    }

    @Override
    protected Settings clone() {
      try {
        return (Settings) super.clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError(e); // it is Cloneable
      }
    }
  }

  /** All defaults; see {@link #builder}. */
  public static FanoutConfig of(String channel) {
    return builder(channel).build();
  }

  /**
   * All defaults, to be changed.
   *
   * @param channel the Redis channel of this application, the same on all its nodes. Two
   *     applications that share a Redis must not share a channel, even in different databases
   * @throws IllegalArgumentException if the channel is empty or has an unpaired surrogate
   */
  public static Builder builder(String channel) {
    return new Builder(channel);
  }

  /** See {@link #builder}. */
  public String channel() {
    return values.channel;
  }

  /** See {@link Builder#maxMessageBytes}. */
  public int maxMessageBytes() {
    return values.maxMessageBytes;
  }

  /** See {@link Builder#sessionQueueMessages}. */
  public int sessionQueueMessages() {
    return values.sessionQueueMessages;
  }

  /** See {@link Builder#sessionQueueBytes}. */
  public int sessionQueueBytes() {
    return values.sessionQueueBytes;
  }

  /** See {@link Builder#overflowPolicy}. */
  public OverflowPolicy overflowPolicy() {
    return values.overflowPolicy;
  }

  /** See {@link Builder#maxSessions}. */
  public int maxSessions() {
    return values.maxSessions;
  }

  /** See {@link Builder#maxSessionsPerUser}. */
  public int maxSessionsPerUser() {
    return values.maxSessionsPerUser;
  }

  /** See {@link Builder#maxSessionsPerUser}. */
  public SessionLimitPolicy sessionLimitPolicy() {
    return values.sessionLimitPolicy;
  }

  /** See {@link Builder#writeTimeout}. */
  public Duration writeTimeout() {
    return values.writeTimeout;
  }

  /** See {@link Builder#pingInterval}. */
  public Duration pingInterval() {
    return values.pingInterval;
  }

  /** See {@link Builder#silenceLimit}. */
  public Duration silenceLimit() {
    return values.silenceLimit;
  }

  /** See {@link Builder#deliveryBufferBytes}. */
  public long deliveryBufferBytes() {
    return values.deliveryBufferBytes;
  }

  /** See {@link Builder#readyNotice}. */
  public Optional<String> readyNotice() {
    return Optional.ofNullable(values.readyNotice);
  }

  /** See {@link Builder#outageNotice}. */
  public Optional<String> outageNotice() {
    return Optional.ofNullable(values.outageNotice);
  }

  /** See {@link Builder#gapNotice}. */
  public Optional<String> gapNotice() {
    return Optional.ofNullable(values.gapNotice);
  }

  /** See {@link Builder#contextPropagator}. */
  public Optional<ContextPropagator> contextPropagator() {
    return Optional.ofNullable(values.contextPropagator);
  }

  /** See {@link Builder#acceptControl}. */
  public boolean acceptControl() {
    return values.acceptControl;
  }

  /** See {@link Builder#routing}. */
  public Routing routing() {
    return values.routing;
  }

  /** See {@link Builder#trackPresence}. */
  public boolean trackPresence() {
    return values.trackPresence;
  }

  /** See {@link Builder#maxGroupsPerSession}. */
  public int maxGroupsPerSession() {
    return values.maxGroupsPerSession;
  }

  /** See {@link Builder#groupsOf}. */
  public Optional<Function<String, ? extends Collection<String>>> groupsOf() {
    return Optional.ofNullable(values.groupsOf);
  }

  /** See {@link Builder#authentication}. */
  public Optional<MessageAuthentication> authentication() {
    return Optional.ofNullable(values.authentication);
  }

  /** Delivering threads: the number of processors. */
  int lanes() {
    return values.lanes;
  }

  /** The channel and the limits, without secrets. */
  @Override
  public String toString() {
    return "FanoutConfig(channel %s, session queue %s messages and %s bytes, %s, authentication %s)"
        .formatted(
            values.channel,
            values.sessionQueueMessages,
            values.sessionQueueBytes,
            values.overflowPolicy,
            values.authentication == null ? "off" : values.authentication);
  }

  /**
   * Collects settings; not thread-safe.
   *
   * <p>Setters throw {@link IllegalArgumentException} for a bad value. Numbers are at least 1
   * unless stated otherwise, durations 1 ms to 24 days.
   */
  public static final class Builder {
    private final Settings settings;

    private Builder(String channel) {
      requireNonNull(channel, "channel == null");
      if (channel.isEmpty() || Checks.indexOfUnpairedSurrogate(channel) >= 0) {
        throw new IllegalArgumentException(
            "channel must not be empty or have an unpaired surrogate: '" + channel + "'");
      }
      settings = new Settings(channel);
    }

    /** The largest message, envelope included, in bytes. Default 1 MiB; at least 64. */
    public Builder maxMessageBytes(int bytes) {
      settings.maxMessageBytes = Checks.atLeast(64, "maxMessageBytes", bytes);
      return this;
    }

    /** Messages that may wait for one session, behind the one being written. Default 256. */
    public Builder sessionQueueMessages(int messages) {
      settings.sessionQueueMessages = Checks.atLeast(1, "sessionQueueMessages", messages);
      return this;
    }

    /** Bytes that may wait for one session, behind the message being written. Default 1 MiB. */
    public Builder sessionQueueBytes(int bytes) {
      settings.sessionQueueBytes = Checks.atLeast(1, "sessionQueueBytes", bytes);
      return this;
    }

    /**
     * What happens when a session's queue is full. Default {@link OverflowPolicy#DISCONNECT}; a
     * session may have {@linkplain FanoutSession#overflowPolicy(OverflowPolicy) its own}.
     */
    public Builder overflowPolicy(OverflowPolicy policy) {
      settings.overflowPolicy = requireNonNull(policy, "overflowPolicy == null");
      return this;
    }

    /**
     * Sessions on this node; more are closed at once with {@link Disconnect#NODE_FULL}. Default: no
     * limit.
     */
    public Builder maxSessions(int sessions) {
      settings.maxSessions = Checks.atLeast(1, "maxSessions", sessions);
      return this;
    }

    /**
     * Sessions that one user may have on this node, and which one is closed if there is one more.
     * Default: no limit.
     */
    public Builder maxSessionsPerUser(int sessions, SessionLimitPolicy policy) {
      requireNonNull(policy, "policy == null");
      settings.maxSessionsPerUser = Checks.atLeast(1, "maxSessionsPerUser", sessions);
      settings.sessionLimitPolicy = policy;
      return this;
    }

    /** How long one write may take before the session is aborted. Default 10 s. */
    public Builder writeTimeout(Duration timeout) {
      settings.writeTimeout = Checks.positive("writeTimeout", timeout);
      return this;
    }

    /** How often an idle session is pinged. Default 25 s. */
    public Builder pingInterval(Duration interval) {
      settings.pingInterval = Checks.positive("pingInterval", interval);
      return this;
    }

    /**
     * How long nothing may come from a client that can be pinged, before its session is aborted.
     * Default 60 s; longer than the ping interval.
     */
    public Builder silenceLimit(Duration limit) {
      settings.silenceLimit = Checks.positive("silenceLimit", limit);
      return this;
    }

    /** Delivering threads; for tests. */
    Builder lanes(int lanes) {
      settings.lanes = Checks.atLeast(1, "lanes", lanes);
      return this;
    }

    /**
     * Bytes of received messages that may wait for delivery, in all. Default 16 MiB. Keep it well
     * below Redis' {@code client-output-buffer-limit pubsub}.
     */
    public Builder deliveryBufferBytes(long bytes) {
      settings.deliveryBufferBytes = Checks.atLeast(1, "deliveryBufferBytes", bytes);
      return this;
    }

    /**
     * JSON sent to all sessions after a gap, before the next message. Default: none.
     *
     * <p>Clients then reload what they may have missed. Must be one JSON value, or building the
     * node throws {@link IllegalArgumentException}.
     */
    public Builder gapNotice(String json) {
      settings.gapNotice = requireNonNull(json, "json == null");
      return this;
    }

    /**
     * JSON sent to all sessions when this node stops receiving. Default: none.
     *
     * <p>Sessions that are opened before it receives again get it, too; the {@link #gapNotice}
     * follows. So clients can show that messages may be missing. Not sent before the node has
     * received for the first time. Must be one JSON value, or building the node throws {@link
     * IllegalArgumentException}.
     */
    public Builder outageNotice(String json) {
      settings.outageNotice = requireNonNull(json, "json == null");
      return this;
    }

    /**
     * JSON sent to each session once, when it is registered and this node receives. Default: none.
     *
     * <p>The client receives what is published from then on, as long as the node receives. The
     * client's own "open" event comes before that. Must be one JSON value, or building the node
     * throws {@link IllegalArgumentException}.
     */
    public Builder readyNotice(String json) {
      settings.readyNotice = requireNonNull(json, "json == null");
      return this;
    }

    /** Carries a trace, or another context, with each message. Default: none. */
    public Builder contextPropagator(ContextPropagator propagator) {
      settings.contextPropagator = requireNonNull(propagator, "contextPropagator == null");
      return this;
    }

    /**
     * Whether other nodes may disconnect sessions of this node, and change their groups: {@link
     * Publisher#disconnect}, {@link Publisher#join}, {@link Publisher#leave}. Default: true.
     *
     * <p>Anyone who can publish on the channel can do that, unless {@link #authentication} is set.
     */
    public Builder acceptControl(boolean accept) {
      settings.acceptControl = accept;
      return this;
    }

    /**
     * On which channels messages travel. Default {@link Routing#BROADCAST}.
     *
     * <p>All nodes of an application should have the same. While one of them broadcasts, or another
     * program listens on the channel, nothing is targeted, and nothing is lost. A process that only
     * publishes is not noticed: it needs the same if it calls {@link Publisher#join}.
     */
    public Builder routing(Routing routing) {
      settings.routing = requireNonNull(routing, "routing == null");
      return this;
    }

    /**
     * Whether this node writes to Redis which users are on it, and reports who comes and goes.
     * Default false.
     */
    public Builder trackPresence(boolean track) {
      settings.trackPresence = track;
      return this;
    }

    /** In how many groups one session may be at a time, 1 or more. Default: 100. */
    public Builder maxGroupsPerSession(int max) {
      settings.maxGroupsPerSession = Checks.atLeast(1, "maxGroupsPerSession", max);
      return this;
    }

    /**
     * The groups that a user's sessions join when they are opened. Default: none.
     *
     * <p>Asked with the user's id on the thread that opens the session, which it may block, and
     * before the session receives what is published for its user or its groups. If it throws, or
     * names more groups than {@link #maxGroupsPerSession}, the session is closed with {@link
     * Disconnect#FAILED}, because it would miss messages.
     */
    public Builder groupsOf(Function<String, ? extends Collection<String>> groupsOf) {
      settings.groupsOf = requireNonNull(groupsOf, "groupsOf == null");
      return this;
    }

    /**
     * Signs published messages and refuses unsigned ones. Default: neither; then only Redis' access
     * control decides which parties may publish.
     */
    public Builder authentication(MessageAuthentication authentication) {
      settings.authentication = requireNonNull(authentication, "authentication == null");
      return this;
    }

    /**
     * The configuration.
     *
     * @throws IllegalArgumentException if two settings contradict each other
     */
    public FanoutConfig build() {
      Settings copy = settings.clone();
      if (copy.silenceLimit.compareTo(copy.pingInterval) <= 0) {
        throw new IllegalArgumentException(
            "silenceLimit must be longer than pingInterval: %s <= %s"
                .formatted(copy.silenceLimit, copy.pingInterval));
      }
      return new FanoutConfig(copy);
    }
  }
}
