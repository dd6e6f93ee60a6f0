package io.github.redisfanout;

import static io.github.redisfanout.internal.Log.log;
import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.Directory;
import io.github.redisfanout.backplane.PresenceTable;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.internal.CallbackThreads;
import io.github.redisfanout.internal.CloseOnce;
import io.github.redisfanout.internal.Threads;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One node of the application: it publishes to all nodes and delivers to its own sessions.
 *
 * <p>The only object that you close. A process without sessions uses a node that {@linkplain
 * Builder#publishOnly only publishes}. Thread-safe.
 */
public final class RedisFanout implements AutoCloseable {
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

  private final FanoutConfig config;
  private final Backplane backplane;
  private final boolean ownsBackplane;
  private final CallbackThreads callbacks =
      new CallbackThreads(CallbackThreads.MAX, Threads.daemons("callback"));
  private final Counters counters = new Counters();
  private final Notifier notifier;
  private final Publisher publisher;
  private final Presence presence;
  private final ThisNode node = ThisNode.now();
  private final @Nullable OtherNodes otherNodes; // null: the node only publishes
  private final @Nullable Subscriber subscriber; // null: the node only publishes
  private final AtomicBoolean started = new AtomicBoolean();
  private final CloseOnce closing = new CloseOnce();
  private volatile @Nullable Instant closedAt; // null before close
  private volatile @Nullable FanoutCounters countersAtClose; // null before close

  private RedisFanout(Builder builder) {
    config = builder.config;
    backplane = builder.backplane.apply(builder.redis);
    ownsBackplane = builder.ownsBackplane;
    PayloadEncoder encoder = PayloadWriter.encoderOrJackson(builder.encoder);
    notifier = new Notifier(builder.listener, counters);
    Executor executor = builder.callbackExecutor == null ? callbacks : builder.callbackExecutor;
    publisher = new Publisher(backplane, encoder, config, executor, counters);
    PresenceTable table = config.trackPresence() ? presenceTable() : null;
    presence = new Presence(config, backplane.directory().orElse(null), table, executor);
    if (builder.publishOnly) {
      otherNodes = null;
      subscriber = null;
    } else {
      otherNodes = newOtherNodes(table, executor);
      subscriber =
          new Subscriber(
              backplane,
              builder.registry,
              encoder,
              config,
              notifier,
              counters,
              otherNodes,
              executor);
    }
  }

  private PresenceTable presenceTable() {
    return backplane
        .presence()
        .orElseThrow(
            () ->
                new IllegalArgumentException("trackPresence: the backplane has no presence table"));
  }

  private OtherNodes newOtherNodes(@Nullable PresenceTable table, Executor executor) {
    Directory directory = backplane.directory().orElse(null);
    return new OtherNodes(
        directory == null ? null : new Announcements(directory, config.channel(), node.id()),
        table == null
            ? null
            : new PresenceTracking(table, config.channel(), node.id(), counters, notifier),
        new Answers(node, this::health, callbacks, publisher::publishToNodes),
        new Questions(config.channel(), node.id(), directory, executor, publisher::publishToNodes));
  }

  /**
   * Starts a node with all defaults. An unreachable Redis is no error: the node keeps trying, see
   * {@link #health} and {@link #awaitReady}.
   *
   * @param redisUri see {@link RedisEndpoint#of(String)}
   * @param channel the application's Redis channel, see {@link FanoutConfig#builder}
   * @throws IllegalArgumentException if the URI or the channel is not valid
   */
  public static RedisFanout connect(String redisUri, String channel) {
    return connect(redisUri, FanoutConfig.of(channel));
  }

  /** Starts a node with this configuration; see {@link #connect(String, String)}. */
  public static RedisFanout connect(String redisUri, FanoutConfig config) {
    return builder(RedisEndpoint.of(redisUri), config).start();
  }

  /** A node with its own connections to Redis. */
  public static Builder builder(RedisEndpoint endpoint, FanoutConfig config) {
    requireNonNull(endpoint, "endpoint == null");
    return new Builder(redis -> new RedisBackplane(endpoint, redis), true, config);
  }

  /** A node on the given backplane. The node starts it; you close it, after the node. */
  public static Builder builder(Backplane backplane, FanoutConfig config) {
    requireNonNull(backplane, "backplane == null");
    return new Builder(redis -> backplane, false, config);
  }

  /**
   * Starts the node and returns at once.
   *
   * @throws IllegalStateException if the node was started or closed before
   */
  public void start() {
    if (closedAt != null || !started.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "start: the node was %s before".formatted(closedAt == null ? "started" : "closed"));
    }
    if (subscriber != null) {
      subscriber.start();
      requireNonNull(otherNodes).start(subscriber.timer());
    } else {
      backplane.startPublishing(StateReporter.ofPublishing(notifier));
    }
  }

  /**
   * Waits until {@link #health} is UP.
   *
   * @param max how long to wait; zero or less does not wait
   * @return false if it is not UP in time, or the node is closed or drained
   */
  public boolean awaitReady(Duration max) throws InterruptedException {
    return Threads.awaitCondition(
        () -> health().status() == FanoutHealth.Status.UP,
        () -> closedAt != null || (subscriber != null && subscriber.drainingSince() != null),
        max);
  }

  /**
   * Opens a session: from now on it receives what is published for the user; with {@link
   * Routing#ADAPTIVE} once it is {@linkplain FanoutSession#ready ready}.
   *
   * <p>The node closes it at once if the node is closed or drained, or a limit is reached: {@link
   * FanoutConfig.Builder#maxSessions}, {@link FanoutConfig.Builder#maxSessionsPerUser}.
   *
   * @throws IllegalArgumentException if the user id is empty or has an unpaired surrogate
   * @throws IllegalStateException if the node was not started, or only publishes
   */
  public FanoutSession open(String userId, Transport transport) {
    if (subscriber == null) {
      throw new IllegalStateException("open: the node only publishes");
    }
    return subscriber.open(userId, transport);
  }

  /**
   * Whether the node accepts sessions: it was started, and is neither drained nor closed.
   *
   * <p>For adapters: while it is false, refuse handshakes, so that a load balancer sends the client
   * to another node, and {@linkplain #handshakeRefused count} them. Always false for a node that
   * only publishes. Costs no I/O.
   */
  public boolean takesSessions() {
    return started.get()
        && closedAt == null
        && subscriber != null
        && subscriber.drainingSince() == null;
  }

  /**
   * For adapters: counts a client that was refused before it had a session.
   *
   * @see FanoutCounters#handshakesRefused
   */
  public void handshakeRefused(HandshakeRefusal reason) {
    counters.handshakeRefused(requireNonNull(reason, "reason == null"));
  }

  /** Publishes to all nodes; rejects once the node is closed. */
  public Publisher publisher() {
    return publisher;
  }

  /** Says which users have a session, on any node. */
  public Presence presence() {
    return presence;
  }

  /**
   * All open sessions of this node: an immutable snapshot, in no order.
   *
   * <p>For example, to send something to all clients of this node. Empty for a node that only
   * publishes.
   */
  public List<FanoutSession> sessions() {
    return subscriber == null ? List.of() : subscriber.sessions();
  }

  /**
   * The user's sessions on this node, as an immutable snapshot. An exception of a registry of your
   * own is thrown.
   *
   * @throws IllegalArgumentException if the user id is empty or has an unpaired surrogate
   */
  public List<FanoutSession> sessions(String userId) {
    Address.checkUserId(userId);
    return subscriber == null ? List.of() : subscriber.sessions(userId);
  }

  /**
   * Closes the user's sessions on this node only.
   *
   * @return how many this call closed
   * @throws IllegalArgumentException if the user id is empty or has an unpaired surrogate
   */
  @CanIgnoreReturnValue
  public int disconnect(String userId, Disconnect why) {
    Address.checkUserId(userId);
    return subscriber == null ? 0 : subscriber.disconnect(userId, why);
  }

  /**
   * This node's name among all nodes: the host's name if the environment has one ({@code HOSTNAME},
   * {@code COMPUTERNAME}), otherwise {@code node}, with eight random hexadecimal digits, such as
   * {@code chat-7f-0c1d2e3f}. Another one each time.
   */
  public String nodeId() {
    return node.id();
  }

  /**
   * Asks all nodes of the channel how they are: their sessions, users, version and health.
   *
   * <p>Answers when all nodes have, and at the latest at the deadline with what has come. Nodes are
   * known by keys in Redis, see {@link Nodes#missing} and {@link Nodes#knowsMissing}; a node that
   * was closed is not missing. A lost node is waited for unless Redis counts no connection of it.
   * Failures of Redis are told in the answer, not by an exception. At most 16 questions of a node
   * may be under way. This node is among the nodes.
   *
   * @param deadline more than 0, at most 1 hour
   * @return completed on the callback executor; may be cancelled
   * @throws IllegalArgumentException if the deadline is not as described
   * @throws IllegalStateException if the node only publishes, was not started, or has 16 questions
   *     under way
   */
  public CompletableFuture<Nodes> nodes(Duration deadline) {
    if (otherNodes == null) {
      throw new IllegalStateException("nodes: the node only publishes, so it hears no answers");
    }
    return otherNodes.ask(deadline);
  }

  /** The configuration that the node was built with. */
  public FanoutConfig config() {
    return config;
  }

  /** The node's present health; costs no I/O. */
  public FanoutHealth health() {
    BackplaneStatus status = backplane.status();
    Instant end = closedAt;
    // A given backplane may stay open, but not for this node.
    return FanoutHealth.of(
        end == null ? status : status.closed(end),
        subscriber != null,
        subscriber == null ? null : subscriber.drainingSince(),
        subscriber == null ? null : subscriber.trouble(),
        counters(),
        Instant.now());
  }

  /**
   * Closes all sessions, spread over a time, so that clients do not reconnect all at once.
   *
   * <p>Open sessions are closed with {@link Disconnect#GOING_AWAY}, those with waiting messages
   * last; new ones at once. {@link #takesSessions} is false, so adapters refuse handshakes. {@link
   * #health} is {@link FanoutHealth.Status#DRAINING}. Publishing and delivering go on. Close the
   * node afterwards. A second call changes nothing.
   *
   * @param spread how long the last session may stay; zero closes all at once
   * @return completed when no session is open; cancelling it stops nothing
   * @throws IllegalArgumentException if the time is negative or longer than 24 days
   */
  @CanIgnoreReturnValue
  public CompletableFuture<@Nullable Void> drain(Duration spread) {
    return subscriber == null ? CompletableFuture.completedFuture(null) : subscriber.drain(spread);
  }

  /** All counts since the node was built; costs no I/O. */
  public FanoutCounters counters() {
    return publisher.counters();
  }

  /** Closes with a limit of 5 s; see {@link #close(Duration)}. */
  @Override
  public void close() {
    close(CLOSE_LIMIT);
  }

  /**
   * Sends and delivers waiting messages for at most {@code limit}, rejects what is left,
   * disconnects all sessions with {@link Disconnect#GOING_AWAY} and frees everything.
   *
   * <p>Ending a stuck thread can take a few seconds more. Never throws; may be called before {@link
   * #start}, by an interrupted thread, and from a callback. A second call waits for the first one,
   * for at most its own limit.
   *
   * @return what could not be finished so far
   */
  @CanIgnoreReturnValue
  public CloseReport close(Duration limit) {
    closing.close(limit, this::closeFirst);
    return closeReport();
  }

  private CloseReport closeReport() {
    FanoutCounters now = counters();
    return CloseReport.between(requireNonNullElse(countersAtClose, now), now);
  }

  private void closeFirst(long nanos) {
    countersAtClose = counters();
    closedAt = Instant.now();
    long deadline = System.nanoTime() + nanos;
    if (otherNodes != null) {
      otherNodes.close();
    }
    publisher.stop();
    if (ownsBackplane) {
      backplane.close(Duration.ofNanos(nanos));
    }
    if (subscriber != null) {
      subscriber.close(Duration.ofNanos(deadline - System.nanoTime()));
    }
    notifier.close(Duration.ofSeconds(1));
    callbacks.close(Duration.ofSeconds(1));
    CloseReport report = closeReport();
    if (!report.isComplete()) {
      log.warn("Closed before all was done: {}", report);
    }
  }

  @Override
  public String toString() {
    return "RedisFanout(channel " + config.channel() + ", " + health() + ")";
  }

  /** Collects the parts of a node; not thread-safe. */
  public static final class Builder {
    private final Function<RedisConfig, Backplane> backplane;
    private final boolean ownsBackplane;
    private final FanoutConfig config;
    private RedisConfig redis = RedisConfig.defaults();
    private FanoutListener listener = new FanoutListener() {};
    private @Nullable PayloadEncoder encoder; // null: Jackson
    private SessionRegistry registry = new InMemorySessionRegistry();
    private @Nullable Executor callbackExecutor; // null: the node's own pool
    private boolean publishOnly;

    private Builder(
        Function<RedisConfig, Backplane> backplane, boolean ownsBackplane, FanoutConfig config) {
      this.backplane = backplane;
      this.ownsBackplane = ownsBackplane;
      this.config = requireNonNull(config, "config == null");
    }

    /**
     * How the node talks to Redis. Default {@link RedisConfig#defaults}.
     *
     * @throws IllegalStateException if a backplane was given
     */
    public Builder redis(RedisConfig redis) {
      if (!ownsBackplane) {
        throw new IllegalStateException("redis: the node has a backplane with its own settings");
      }
      this.redis = requireNonNull(redis, "redis == null");
      return this;
    }

    /** Default: nothing is called. */
    public Builder listener(FanoutListener listener) {
      this.listener = requireNonNull(listener, "listener == null");
      return this;
    }

    /** Default: Jackson 2 with a plain mapper. Another encoder needs no jackson-databind. */
    public Builder payloadEncoder(PayloadEncoder encoder) {
      this.encoder = requireNonNull(encoder, "encoder == null");
      return this;
    }

    /** Used by this node only. Default: an {@link InMemorySessionRegistry}. */
    public Builder registry(SessionRegistry registry) {
      this.registry = requireNonNull(registry, "registry == null");
      return this;
    }

    /**
     * Completes the futures of publishes, of sessions, of {@link RedisFanout#nodes} and of {@link
     * RedisFanout#presence}; never closed by the node.
     *
     * <p>Default: a pool of at most 256 threads. What an executor refuses runs on the JDK's common
     * pool. If it runs work on its caller, callbacks must not block: the caller sends messages.
     */
    public Builder callbackExecutor(Executor executor) {
      callbackExecutor = requireNonNull(executor, "executor == null");
      return this;
    }

    /** Makes a node without receiving connection and sessions: {@link RedisFanout#open} throws. */
    public Builder publishOnly() {
      publishOnly = true;
      return this;
    }

    /**
     * Builds a node, not started.
     *
     * @throws IllegalArgumentException if two settings contradict each other, such as a {@link
     *     MessageAuthentication#tolerance} not longer than the backplane's publish timeout
     * @throws IllegalStateException if no encoder was given and jackson-databind is missing
     */
    public RedisFanout build() {
      return new RedisFanout(this);
    }

    /** Builds and starts. */
    public RedisFanout start() {
      RedisFanout fanout = build();
      try {
        fanout.start();
      } catch (Throwable e) {
        fanout.close(Duration.ZERO); // the caller has no reference to it
        throw e;
      }
      return fanout;
    }
  }
}
