package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.internal.CloseOnce;
import io.github.redisfanout.internal.Log;
import io.github.redisfanout.internal.Threads;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node of the application: it publishes to all nodes and delivers to its own sessions.
 *
 * <p>The only thing to close: nothing that a node hands out needs closing or can end the node. A
 * process without sessions has a node that {@linkplain Builder#publishOnly only publishes}.
 * Thread-safe.
 */
public final class RedisFanout implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Log.CATEGORY);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

  private final FanoutConfig config;
  private final Backplane backplane;
  private final boolean ownsBackplane;
  private final Callbacks callbacks;
  private final Counters counters = new Counters();
  private final Notifier notifier;
  private final Publisher publisher;
  private final @Nullable Subscriber subscriber; // null: the node only publishes
  private final AtomicBoolean started = new AtomicBoolean();
  private final CloseOnce closing = new CloseOnce();
  private volatile @Nullable Instant closedAt; // null before close
  private volatile @Nullable FanoutCounters countersAtClose; // null before close
  private volatile long tooLateAtClose;

  private RedisFanout(Builder builder) {
    config = builder.config;
    backplane = builder.backplane();
    ownsBackplane = builder.given == null;
    PayloadEncoder encoder = builder.encoder();
    notifier = new Notifier(builder.listener, counters);
    callbacks = new Callbacks(builder.callbackExecutor);
    publisher = new Publisher(backplane, encoder, config, callbacks.executor, counters);
    subscriber =
        builder.publishOnly
            ? null
            : new Subscriber(backplane, builder.registry, encoder, config, notifier, counters);
  }

  /**
   * A node with all defaults, started. An unreachable Redis is no error: the node keeps trying, see
   * {@link #health} and {@link #awaitReady}.
   *
   * @param redisUri see {@link RedisEndpoint#of(String)}
   * @param channel the application's Redis channel, see {@link FanoutConfig#builder}
   * @throws IllegalArgumentException if the URI or the channel is not one
   */
  public static RedisFanout connect(String redisUri, String channel) {
    return connect(redisUri, FanoutConfig.of(channel));
  }

  /** A node, started; as {@link #connect(String, String)}. */
  public static RedisFanout connect(String redisUri, FanoutConfig config) {
    return builder(RedisEndpoint.of(redisUri), config).start();
  }

  /** A node on a Redis; it owns its connections. */
  public static Builder builder(RedisEndpoint endpoint, FanoutConfig config) {
    return new Builder(requireNonNull(endpoint, "endpoint == null"), null, config);
  }

  /** A node on the given backplane, which the node starts and you close, after the node. */
  public static Builder builder(Backplane backplane, FanoutConfig config) {
    return new Builder(null, requireNonNull(backplane, "backplane == null"), config);
  }

  /**
   * Starts the node and returns at once.
   *
   * @throws IllegalStateException if the node was started or closed before
   */
  public void start() {
    if (closedAt != null || !started.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "start: the node was " + (closedAt != null ? "closed" : "started") + " before");
    }
    if (subscriber != null) {
      subscriber.start();
    } else {
      StateReporter states = new StateReporter(notifier);
      backplane.startPublishing(status -> states.publishing(status.publishing()));
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
   * Opens a session: from now on it receives what is published for the user.
   *
   * <p>It may be closed at once: on a node that is closed or drained, and by the limits {@link
   * FanoutConfig.Builder#maxSessions} and {@link FanoutConfig.Builder#maxSessionsPerUser}. The
   * listener is called as for every other disconnect.
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

  /** Publishes to all nodes; rejects once the node is closed. */
  public Publisher publisher() {
    return publisher;
  }

  /**
   * The user's sessions on this node as they are now; immutable. Those on other nodes are not among
   * them.
   *
   * @throws IllegalArgumentException if the user id is empty or has an unpaired surrogate
   */
  public List<FanoutSession> sessions(String userId) {
    return subscriber == null ? List.of() : subscriber.sessions(userId);
  }

  /**
   * Closes the user's sessions on this node; those on other nodes stay open.
   *
   * @return how many this call closed
   * @throws IllegalArgumentException if the user id is empty or has an unpaired surrogate
   */
  @CanIgnoreReturnValue
  public int disconnect(String userId, Disconnect why) {
    return subscriber == null ? 0 : subscriber.disconnect(userId, why);
  }

  /** What the node was built with. */
  public FanoutConfig config() {
    return config;
  }

  /** How the node is right now; costs no I/O. */
  public FanoutHealth health() {
    BackplaneStatus status = backplane.status();
    Instant end = closedAt;
    // A backplane of the application's own may live on, but not for this node.
    return FanoutHealth.of(
        end == null ? status : status.closed(end),
        subscriber != null,
        subscriber == null ? null : subscriber.drainingSince(),
        subscriber == null ? null : subscriber.filling(),
        counters(),
        Instant.now());
  }

  /**
   * Empties this node before it is shut down, so that its clients do not all come to the others at
   * the same moment.
   *
   * <p>From now on a session that is opened is closed at once, and {@link #health} says {@link
   * FanoutHealth.Status#DRAINING}, for a load balancer to send clients elsewhere. The open sessions
   * are closed with {@link Disconnect#GOING_AWAY}, evenly spread over this time, those that still
   * have messages to receive last. Publishing and delivering go on. There is no way back; close the
   * node afterwards. A second call changes nothing.
   *
   * @param spread how long the last session may stay; zero closes all at once
   * @return done when none is open any more, by this, by {@link #close} or because the clients have
   *     left; cancelling it stops nothing
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
   * Sends and delivers what waits for at most {@code limit}, then disconnects all sessions with
   * {@link Disconnect#GOING_AWAY} and frees everything. What was not sent by then is rejected.
   *
   * <p>Ending what is stuck can take a few seconds beyond the limit. Never throws; may be called
   * before {@link #start}, by an interrupted thread, and from a callback. A call during another one
   * waits for that, for at most its own limit, and cuts nothing short; afterwards it does nothing.
   *
   * @return what could not be finished; for a call during another one, so far
   */
  @CanIgnoreReturnValue
  public CloseReport close(Duration limit) {
    closing.close(limit, this::closeFirst);
    return closeReport();
  }

  private CloseReport closeReport() {
    FanoutCounters now = counters();
    FanoutCounters before = countersAtClose;
    long tooLate = counters.publishedTooLate.sum() - tooLateAtClose;
    return CloseReport.between(before == null ? now : before, now, tooLate);
  }

  private void closeFirst(long nanos) {
    tooLateAtClose = counters.publishedTooLate.sum();
    countersAtClose = counters();
    closedAt = Instant.now();
    long deadline = System.nanoTime() + nanos;
    publisher.stop();
    if (ownsBackplane) {
      backplane.close(Duration.ofNanos(nanos));
    }
    if (subscriber != null) {
      subscriber.close(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
    }
    notifier.close(Duration.ofSeconds(1));
    callbacks.close();
    CloseReport report = closeReport();
    if (!report.isComplete()) {
      log.warn("Closed before all was done: {}", report);
    }
  }

  /** The channel and the health. */
  @Override
  public String toString() {
    return "RedisFanout(channel " + config.channel() + ", " + health() + ")";
  }

  /** Collects the parts of a node; not thread-safe. */
  public static final class Builder {
    private final @Nullable RedisEndpoint endpoint; // null when a backplane was given
    private final @Nullable Backplane given; // null when an endpoint was given
    private final FanoutConfig config;
    private RedisConfig redis = RedisConfig.defaults();
    private FanoutListener listener = new FanoutListener() {};
    private @Nullable PayloadEncoder encoder; // null: Jackson, which need not be there otherwise
    private SessionRegistry registry = new InMemorySessionRegistry();
    private @Nullable Executor callbackExecutor; // null: a pool of the node's own
    private boolean publishOnly;

    private Builder(
        @Nullable RedisEndpoint endpoint, @Nullable Backplane given, FanoutConfig config) {
      this.endpoint = endpoint;
      this.given = given;
      this.config = requireNonNull(config, "config == null");
    }

    private Backplane backplane() {
      return given != null ? given : new RedisBackplane(requireNonNull(endpoint), redis);
    }

    private PayloadEncoder encoder() {
      try {
        return encoder != null ? encoder : new JacksonPayloadEncoder();
      } catch (NoClassDefFoundError e) {
        throw new IllegalStateException(
            "no payloadEncoder was given, and the default one needs jackson-databind 2", e);
      }
    }

    /**
     * How the node talks to Redis. Default {@link RedisConfig#defaults}.
     *
     * @throws IllegalStateException if a backplane was given: that has its own settings
     */
    public Builder redis(RedisConfig redis) {
      if (given != null) {
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

    /**
     * Default: Jackson 2 with a plain mapper. With another encoder jackson-databind need not be on
     * the class path.
     */
    public Builder payloadEncoder(PayloadEncoder encoder) {
      this.encoder = requireNonNull(encoder, "encoder == null");
      return this;
    }

    /** Default: an {@link InMemorySessionRegistry}. Used by this node only. */
    public Builder registry(SessionRegistry registry) {
      this.registry = requireNonNull(registry, "registry == null");
      return this;
    }

    /**
     * Completes the futures of publishes; never closed by the node.
     *
     * <p>Default: a pool that grows while callbacks block, to 256 threads at most. Beyond that the
     * callbacks of other publishes wait. What an executor refuses is done by the JDK's common pool.
     * One that runs work on its caller lets callbacks run on a thread that sends messages, where
     * they must not block.
     */
    public Builder callbackExecutor(Executor executor) {
      callbackExecutor = requireNonNull(executor, "executor == null");
      return this;
    }

    /**
     * A node without sessions: it opens no connection for receiving, and {@link RedisFanout#open}
     * throws. It has health, states and a listener like every node.
     */
    public Builder publishOnly() {
      publishOnly = true;
      return this;
    }

    /**
     * A node that is not started.
     *
     * @throws IllegalArgumentException if two settings contradict each other, such as a tolerance
     *     of message authentication that is not longer than the backplane's publish timeout
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
        fanout.close(Duration.ZERO); // nobody else can
        throw e;
      }
      return fanout;
    }
  }
}
