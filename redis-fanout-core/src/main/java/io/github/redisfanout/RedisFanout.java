package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.BackplaneStatus.State;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node of the application: publisher, subscriber and registry, started and closed together.
 *
 * <p>A convenience, not a gate: each part can be built by hand. Thread-safe. Close it; nothing of
 * it stays behind then.
 */
public final class RedisFanout implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RedisFanout.class);

  private final FanoutConfig config;
  private final Backplane backplane;
  private final boolean ownsBackplane;
  private final Callbacks callbacks;
  private final Publisher publisher;
  private final Subscriber subscriber;
  private final SessionRegistry registry;
  private final Counters counters = new Counters();
  private final CloseOnce closing = new CloseOnce();
  private volatile @Nullable FanoutCounters countersAtClose; // null before close
  private volatile long tooLateAtClose;

  private RedisFanout(Builder builder) {
    config = builder.config;
    backplane = builder.backplane();
    ownsBackplane = builder.endpoint != null;
    registry = builder.registry;
    callbacks = new Callbacks(builder.callbackExecutor);
    publisher =
        new Publisher(backplane, builder.encoder, config, callbacks.executor, counters, () -> {});
    subscriber =
        new Subscriber(backplane, registry, builder.encoder, config, builder.listener, counters);
  }

  /**
   * A node with all defaults, started.
   *
   * <p>An unreachable Redis is no error here: the node keeps trying, see {@link #health} and {@link
   * #awaitReady}.
   *
   * @param redisUri see {@link RedisEndpoint#of(String)}
   * @throws IllegalArgumentException if the URI is not one
   */
  public static RedisFanout connect(String redisUri) {
    return connect(redisUri, FanoutConfig.defaults());
  }

  /** A node, started; as {@link #connect(String)}. */
  public static RedisFanout connect(String redisUri, FanoutConfig config) {
    return builder(RedisEndpoint.of(redisUri)).config(config).start();
  }

  /**
   * A publisher alone, started: for a service without sessions. No receiving connection is opened.
   * Close it. With an encoder or executor of your own: {@link Builder#startPublisher}.
   *
   * @throws IllegalArgumentException if the URI is not one
   */
  public static Publisher publisher(String redisUri, FanoutConfig config) {
    return builder(RedisEndpoint.of(redisUri)).config(config).startPublisher();
  }

  /** A node on a Redis; it owns its connections. */
  public static Builder builder(RedisEndpoint endpoint) {
    return new Builder(requireNonNull(endpoint, "endpoint == null"), null);
  }

  /** A node on a backplane of your own, which the node starts and you close, after the node. */
  public static Builder builder(Backplane backplane) {
    return new Builder(null, requireNonNull(backplane, "backplane == null"));
  }

  /**
   * Starts both directions and returns at once.
   *
   * @throws IllegalStateException if the node was started or closed before
   */
  public void start() {
    subscriber.start();
  }

  /**
   * Waits until this node hears for the first time; see {@link Subscriber#awaitReady}.
   *
   * @param max how long to wait; zero or less does not wait
   * @return false if it does not hear in time, or is closed
   */
  public boolean awaitReady(Duration max) throws InterruptedException {
    return subscriber.awaitReady(max);
  }

  /**
   * Opens a session; see {@link Subscriber#open}.
   *
   * @throws IllegalArgumentException if the user id is empty or has an unpaired surrogate
   * @throws IllegalStateException if the node was not started
   */
  public FanoutSession open(String userId, Transport transport) {
    return subscriber.open(userId, transport);
  }

  /** Publishes to all nodes; the node closes it. */
  public Publisher publisher() {
    return publisher;
  }

  /** The receiving half; the node closes it. */
  public Subscriber subscriber() {
    return subscriber;
  }

  /** This node's sessions by address; to be read only. */
  public SessionRegistry registry() {
    return registry;
  }

  /** What the node was built with. */
  public FanoutConfig config() {
    return config;
  }

  /** How the node is right now; costs no I/O. */
  public FanoutHealth health() {
    BackplaneStatus status = backplane.status();
    if (subscriber.state() == Subscriber.State.CLOSED) {
      // A backplane of the application's own may live on, but not for this node.
      Direction closed = new Direction(State.CLOSED, subscriber.since(), "closed");
      status =
          new BackplaneStatus(
              closed,
              closed,
              status.bufferedMessages(),
              status.bufferedBytes(),
              status.reconnects(),
              status.proof());
    }
    // A backplane of the application's own has limits of its own.
    String filling = ownsBackplane ? FanoutHealth.filling(status, config.backplane()) : null;
    return FanoutHealth.of(
        status,
        subscriber.drainingSince(),
        filling == null ? subscriber.filling() : filling,
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
    return subscriber.drain(spread);
  }

  /** All counts since the node was built; costs no I/O. */
  public FanoutCounters counters() {
    return subscriber.counters();
  }

  /** Closes with {@link FanoutConfig#closeTimeout} as the limit; see {@link #close(Duration)}. */
  @Override
  public void close() {
    close(config.closeTimeout());
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
    long deadline = System.nanoTime() + nanos;
    publisher.close();
    if (ownsBackplane) {
      backplane.close(Duration.ofNanos(nanos));
    }
    subscriber.close(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
    callbacks.close();
    CloseReport report = closeReport();
    if (!report.isComplete()) {
      log.warn("Closed before all was done: {}", report);
    }
  }

  /** Collects the parts of a node; not thread-safe. */
  public static final class Builder {
    private final @Nullable RedisEndpoint endpoint; // null when a backplane was given
    private final @Nullable Backplane given; // null when an endpoint was given
    private FanoutConfig config = FanoutConfig.defaults();
    private FanoutListener listener = new FanoutListener() {};
    private PayloadEncoder encoder = new JacksonPayloadEncoder();
    private SessionRegistry registry = new InMemorySessionRegistry();
    private @Nullable Executor callbackExecutor; // null: a pool of ours

    private Builder(@Nullable RedisEndpoint endpoint, @Nullable Backplane given) {
      this.endpoint = endpoint;
      this.given = given;
    }

    private Backplane backplane() {
      return given != null
          ? given
          : new RedisBackplane(requireNonNull(endpoint), config.backplane());
    }

    /** Default: {@link FanoutConfig#defaults}. With a given backplane its part is not used. */
    public Builder config(FanoutConfig config) {
      this.config = requireNonNull(config, "config == null");
      return this;
    }

    /** Default: nobody listens. */
    public Builder listener(FanoutListener listener) {
      this.listener = requireNonNull(listener, "listener == null");
      return this;
    }

    /** Default: Jackson with a plain mapper. */
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
     * Completes the futures of publishes; never closed by us.
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

    /** A node that is not started. */
    public RedisFanout build() {
      return new RedisFanout(this);
    }

    /** Builds and starts the publishing half alone; listener and registry are not used. */
    public Publisher startPublisher() {
      Backplane backplane = backplane();
      boolean owned = endpoint != null;
      FanoutConfig settings = config;
      Callbacks callbacks = new Callbacks(callbackExecutor);
      CloseOnce closing = new CloseOnce();
      Publisher publisher =
          new Publisher(
              backplane,
              encoder,
              settings,
              callbacks.executor,
              new Counters(),
              () ->
                  closing.close(
                      settings.closeTimeout(),
                      nanos -> {
                        if (owned) {
                          backplane.close(Duration.ofNanos(nanos));
                        }
                        callbacks.close();
                      }));
      try {
        backplane.start();
      } catch (Throwable e) {
        publisher.close(); // nobody else can
        throw e;
      }
      return publisher;
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
