package io.github.redisfanout;

import static io.github.redisfanout.internal.Log.log;
import static java.util.Objects.requireNonNull;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneEvent;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Receiver;
import io.github.redisfanout.internal.CloseOnce;
import io.github.redisfanout.internal.Threads;
import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.Envelope;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.NameFilter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Receives from a backplane, decodes, and delivers to the sessions of this node.
 *
 * <p>For nodes built by hand; a {@link RedisFanout} has one inside. {@link #start} starts the
 * backplane too, whose owner closes it. Thread-safe.
 */
public final class Subscriber implements AutoCloseable {
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

  private final Backplane backplane;
  private final FanoutConfig config;
  private final MessageReader reader;
  private final NodeMessages nodes;
  private final Set<String> otherChannels; // of these messages not the reader, but the node hears
  private final Counters counters;
  private final Notifier notifier;
  private final StateReporter states;
  private final LocalChannels channels;
  private final Delivery delivery;
  private final AtomicBoolean started = new AtomicBoolean();
  private final CloseOnce closing = new CloseOnce();
  private volatile boolean closed;

  /**
   * Stores its parts; starts nothing. The futures of its sessions complete on the JDK's common
   * pool.
   *
   * @param registry where the sessions of this node are found; used by this subscriber only
   * @param encoder for {@link FanoutSession#send}
   */
  public Subscriber(
      Backplane backplane,
      SessionRegistry registry,
      PayloadEncoder encoder,
      FanoutConfig config,
      FanoutListener listener) {
    this(backplane, registry, encoder, config, listener, new Counters());
  }

  private Subscriber(
      Backplane backplane,
      SessionRegistry registry,
      PayloadEncoder encoder,
      FanoutConfig config,
      FanoutListener listener,
      Counters counters) {
    this(
        backplane,
        registry,
        encoder,
        config,
        new Notifier(listener, counters),
        counters,
        NodeMessages.IGNORED,
        new CompletableFuture<>().defaultExecutor());
  }

  Subscriber(
      Backplane backplane,
      SessionRegistry registry,
      PayloadEncoder encoder,
      FanoutConfig config,
      Notifier notifier,
      Counters counters,
      NodeMessages nodes,
      Executor callbacks) {
    this.backplane = requireNonNull(backplane, "backplane == null");
    this.config = requireNonNull(config, "config == null");
    this.counters = counters;
    this.notifier = notifier;
    this.nodes = nodes;
    otherChannels = nodes.channels();
    states = new StateReporter(notifier);
    requireNonNull(registry, "registry == null");
    EnvelopeCodec codec =
        new EnvelopeCodec(config.maxMessageBytes(), config.contextPropagator().isPresent());
    PayloadWriter payloads = new PayloadWriter(requireNonNull(encoder, "encoder == null"), codec);
    channels = new LocalChannels(backplane, config, nodes);
    delivery = new Delivery(config, registry, payloads, channels, callbacks, counters, notifier);
    NameFilter localUsers =
        registry instanceof InMemorySessionRegistry ours ? ours.userIds() : NameFilter.ALL;
    reader =
        new MessageReader(
            config, codec, localUsers, delivery.groupNames(), nodes, counters, notifier);
  }

  /**
   * Starts the backplane and subscribes; returns at once.
   *
   * @throws IllegalStateException if it was started or closed before
   */
  public void start() {
    if (closed || !started.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "start: the subscriber was " + (closed ? "closed" : "started") + " before");
    }
    try {
      delivery.start();
      backplane.start(new BackplaneReceiver());
    } catch (Throwable e) {
      close(Duration.ZERO); // the caller closes only what was started
      throw e;
    }
    channels.start();
  }

  /**
   * Waits until {@link #state} is UP.
   *
   * @param max how long to wait; zero or less does not wait
   * @return false if it is not UP in time, or closed
   */
  public boolean awaitReady(Duration max) throws InterruptedException {
    return Threads.awaitCondition(() -> state() == ConnectionState.UP, () -> closed, max);
  }

  /**
   * Opens a session; see {@link RedisFanout#open}.
   *
   * @throws IllegalArgumentException if the user id is empty or has an unpaired surrogate
   * @throws IllegalStateException if the subscriber was not started
   */
  public FanoutSession open(String userId, Transport transport) {
    requireNonNull(transport, "transport == null");
    if (!started.get() && !closed) {
      throw new IllegalStateException("open: the node is not started; call start first");
    }
    return delivery.open(userId, transport);
  }

  /** All sessions of this node; see {@link RedisFanout#sessions()}. */
  public List<FanoutSession> sessions() {
    return delivery.sessions();
  }

  /** The user's sessions on this node; see {@link RedisFanout#sessions(String)}. */
  public List<FanoutSession> sessions(String userId) {
    return delivery.sessions(userId);
  }

  /** Closes the user's sessions on this node; see {@link RedisFanout#disconnect}. */
  public int disconnect(String userId, Disconnect why) {
    requireNonNull(why, "why == null");
    int count = 0;
    for (FanoutSession session : sessions(userId)) {
      count += session.disconnect(why) ? 1 : 0;
    }
    return count;
  }

  /** Closes all sessions, spread over a time; see {@link RedisFanout#drain}. */
  public CompletableFuture<@Nullable Void> drain(Duration spread) {
    requireNonNull(spread, "spread == null");
    if (spread.isNegative() || spread.compareTo(Duration.ofDays(24)) > 0) {
      throw new IllegalArgumentException("spread must be 0 to 24 days: " + spread);
    }
    return delivery.drain.begin(spread);
  }

  /** When {@link #drain} was called; null before. */
  @Nullable Instant drainingSince() {
    return delivery.drain.since();
  }

  /** For short tasks that never wait; shut down by {@link #close}. */
  ScheduledExecutorService timer() {
    return delivery.timer;
  }

  /** The state of receiving; IDLE before {@link #start}. */
  public ConnectionState state() {
    return states.receiving();
  }

  /** All counts; inside a node, those of the node. */
  public FanoutCounters counters() {
    return new FanoutCounters(counters, backplane.status());
  }

  /** What is wrong with delivering, for people; null if nothing is. */
  @Nullable String trouble() {
    return delivery.trouble();
  }

  /** Closes with a limit of 5 s; see {@link #close(Duration)}. */
  @Override
  public void close() {
    close(CLOSE_LIMIT);
  }

  /**
   * Stops receiving, delivers what has arrived for at most {@code limit}, then disconnects all
   * sessions with {@link Disconnect#GOING_AWAY}. Never throws; works from any thread. A second call
   * waits for the first one, for at most its own limit, and does nothing else.
   */
  public void close(Duration limit) {
    closing.close(limit, this::closeFirst);
  }

  private void closeFirst(long nanos) {
    long deadline = System.nanoTime() + nanos;
    closed = true;
    states.receiving(new Direction(ConnectionState.CLOSED, Instant.now(), "closed"));
    channels.close();
    delivery.close(deadline);
    notifier.close(Duration.ofSeconds(1));
  }

  @Override
  public String toString() {
    return "Subscriber(channel " + config.channel() + ", " + state() + ")";
  }

  /** Not the subscriber itself, so that users do not see these methods. */
  private final class BackplaneReceiver implements Receiver {

    @Override
    public void onMessages(List<Incoming> burst) {
      if (closed) {
        return;
      }
      counters.received.add(burst.size());
      List<Envelope> envelopes = List.of();
      for (Incoming message : burst) {
        if (!otherChannels.isEmpty() && otherChannels.contains(message.channel())) {
          nodes.heard(message.bytes());
          continue;
        }
        Envelope envelope = reader.read(message.channel(), message.bytes());
        if (envelope != null) {
          envelopes = envelopes.isEmpty() ? new ArrayList<>() : envelopes;
          envelopes.add(envelope);
          if (envelope.control() instanceof Control.Join) {
            // The next messages may be for the group, which is known here only after that.
            delivery.deliver(envelopes);
            envelopes = List.of();
          }
        }
      }
      delivery.deliver(envelopes);
    }

    @Override
    public int maxMessageBytes() {
      return config.maxMessageBytes();
    }

    @Override
    public void onTooLarge(String channel, long bytes) {
      if (!closed) {
        counters.received.increment();
        reader.tooLarge(bytes);
      }
    }

    @Override
    public void onCheckpoint(Runnable reached) {
      delivery.whenCaughtUp(reached);
    }

    @Override
    public void onGap(Gap gap) {
      counters.gap(gap);
      log.warn(
          "Messages from {} to {} may have been missed: {}", gap.from(), gap.until(), gap.cause());
      notifier.report(listener -> listener.onGap(gap));
      delivery.onGap(gap.channels());
    }

    @Override
    public void onEvent(BackplaneEvent event) {
      notifier.report(listener -> listener.onBackplaneEvent(event));
    }

    @Override
    public void onStatus(BackplaneStatus status) {
      if (!closed) {
        states.report(status);
        delivery.onReceiving(status.receiving());
        nodes.onReceiving(status.receiving());
      }
    }
  }
}
