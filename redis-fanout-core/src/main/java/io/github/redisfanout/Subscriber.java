package io.github.redisfanout;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Receiver;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives from a backplane, decodes, and delivers to the sessions of this node.
 *
 * <p>Started once; {@link #start} starts the backplane too, and {@link #close} leaves it open for
 * whoever built it. Thread-safe.
 */
public final class Subscriber implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RedisFanout.class);

  /** What a subscriber is doing. */
  public enum State {
    /** Not started. */
    NEW,
    /** Connecting for the first time. */
    CONNECTING,
    /** The channel is subscribed: messages are heard. */
    SUBSCRIBED,
    /** The connection was lost; it reconnects for ever. A gap will be told. */
    RECONNECTING,
    /** Closed for good. */
    CLOSED
  }

  private final Backplane backplane;
  private final FanoutConfig config;
  private final EnvelopeCodec codec;
  private final @Nullable Verifier verifier; // null: all messages are taken
  private final Counters counters;
  private final Notifier notifier;
  private final Sessions sessions;
  private final Deliverer deliverer;
  private final RateLimit warnings = new RateLimit(Duration.ofSeconds(10));
  private final RateLimit refusals = new RateLimit(Duration.ofSeconds(10));
  private final CompletableFuture<@Nullable Void> ready = new CompletableFuture<>();

  private final CloseOnce closing = new CloseOnce();
  private final Object stateLock = new Object();
  private volatile State state = State.NEW; // moved by moveTo only, under stateLock
  private volatile Instant since = Instant.now(); // when it came into its state

  @GuardedBy("stateLock")
  private BackplaneStatus.State publishing = BackplaneStatus.State.IDLE; // as told last

  /**
   * Stores its parts; starts nothing.
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

  Subscriber(
      Backplane backplane,
      SessionRegistry registry,
      PayloadEncoder encoder,
      FanoutConfig config,
      FanoutListener listener,
      Counters counters) {
    this.backplane = requireNonNull(backplane, "backplane == null");
    this.config = requireNonNull(config, "config == null");
    this.counters = counters;
    requireNonNull(registry, "registry == null");
    codec = new EnvelopeCodec(config);
    verifier = Verifier.of(config);
    notifier = new Notifier(requireNonNull(listener, "listener == null"), counters);
    PayloadWriter payloads = new PayloadWriter(requireNonNull(encoder, "encoder == null"), codec);
    sessions = new Sessions(config, registry, payloads, counters, notifier);
    Propagation propagation = new Propagation(config.contextPropagator().orElse(null), counters);
    deliverer = new Deliverer(registry, sessions, propagation, counters, warnings);
  }

  /**
   * Starts the backplane and subscribes; returns at once.
   *
   * @throws IllegalStateException if it was started or closed before
   */
  public void start() {
    synchronized (stateLock) {
      if (state != State.NEW) {
        throw new IllegalStateException("start: the subscriber is " + state);
      }
      moveTo(State.CONNECTING, "connecting");
    }
    try {
      sessions.start();
      backplane.start(new BackplaneReceiver());
    } catch (Throwable e) {
      close(Duration.ZERO); // nobody closes what did not start
      throw e;
    }
    backplane
        .subscribe(Set.of(config.channel()))
        .whenComplete(
            (confirmed, failure) -> {
              if (failure == null) {
                ready.complete(null);
              } else {
                ready.completeExceptionally(failure);
              }
            });
    if (state == State.CLOSED) {
      backplane.unsubscribe(Set.of(config.channel())); // closed meanwhile, perhaps before the above
    }
  }

  /**
   * Waits until the channel has been subscribed for the first time.
   *
   * <p>It stays true afterwards, also while the connection is lost: see {@link #state}.
   *
   * @param max how long to wait; zero or less does not wait
   * @return false if that has not happened in time, or the subscriber is closed
   */
  public boolean awaitReady(Duration max) throws InterruptedException {
    try {
      ready.get(TimeUnit.NANOSECONDS.convert(max), TimeUnit.NANOSECONDS);
      return state != State.CLOSED;
    } catch (TimeoutException | ExecutionException e) {
      return false;
    }
  }

  /**
   * Opens a session: from now on it receives what is published for the user.
   *
   * <p>It may be closed at once: with {@link Disconnect#GOING_AWAY} on a subscriber that is closed
   * or drained, and by the limits {@link FanoutConfig.Builder#maxSessions} and {@link
   * FanoutConfig.Builder#maxSessionsPerUser}. That is told like every other disconnect.
   *
   * @throws IllegalArgumentException if the user id is empty or has an unpaired surrogate
   * @throws IllegalStateException if the subscriber was not started
   */
  public FanoutSession open(String userId, Transport transport) {
    requireNonNull(transport, "transport == null");
    if (state == State.NEW) {
      throw new IllegalStateException("open: the subscriber is not started");
    }
    return sessions.open(userId, transport);
  }

  /**
   * Takes no sessions from now on and closes those that are open, one after the other; see {@link
   * RedisFanout#drain}.
   */
  public CompletableFuture<@Nullable Void> drain(Duration spread) {
    requireNonNull(spread, "spread == null");
    if (spread.isNegative() || spread.compareTo(Duration.ofDays(24)) > 0) {
      throw new IllegalArgumentException("spread must be 0 to 24 days: " + spread);
    }
    return sessions.drain(spread);
  }

  /** Since when it takes no sessions because of {@link #drain}; null while it does. */
  @Nullable Instant drainingSince() {
    return sessions.drainingSince();
  }

  /** What it is doing right now. */
  public State state() {
    return state;
  }

  /** When it came into its present state. */
  Instant since() {
    return since;
  }

  /** All counts; a node's publisher and subscriber share them. */
  public FanoutCounters counters() {
    return counters.snapshot(backplane.status().reconnects());
  }

  /** Closes with {@link FanoutConfig#closeTimeout} as the limit; see {@link #close(Duration)}. */
  @Override
  public void close() {
    close(config.closeTimeout());
  }

  /**
   * Stops hearing, delivers what has arrived for at most {@code limit}, then disconnects all
   * sessions with {@link Disconnect#GOING_AWAY}. Never throws; works from any thread. A call during
   * another one waits for that, for at most its own limit; afterwards it does nothing.
   */
  public void close(Duration limit) {
    closing.close(limit, this::closeFirst);
  }

  private void closeFirst(long nanos) {
    long deadline = System.nanoTime() + nanos;
    boolean started = state != State.NEW;
    moveTo(State.CLOSED, "closed");
    ready.completeExceptionally(new IllegalStateException("the subscriber is closed"));
    if (started) {
      backplane.unsubscribe(Set.of(config.channel()));
    }
    sessions.close(deadline);
    notifier.close(Duration.ofSeconds(1));
  }

  private boolean moveTo(State next, String reason) {
    synchronized (stateLock) {
      if (state == State.CLOSED || state == next) {
        return false;
      }
      since = Instant.now();
      state = next;
      notifier.tell(listener -> listener.onState(next, reason));
      return true;
    }
  }

  private void tellPublishing(BackplaneStatus.Direction publishing) {
    BackplaneStatus.State now = publishing.state();
    synchronized (stateLock) {
      if (state == State.CLOSED || now == this.publishing) {
        return;
      }
      this.publishing = now;
      notifier.tell(listener -> listener.onPublishing(now, publishing.reason()));
    }
  }

  /** In words, what is more than half full; null if nothing is. */
  @Nullable String filling() {
    return sessions.filling();
  }

  /** Not the subscriber itself, so that users do not see these methods. */
  private final class BackplaneReceiver implements Receiver {

    @Override
    public void onMessage(Incoming message) {
      onMessages(List.of(message));
    }

    @Override
    public void onMessages(List<Incoming> burst) {
      if (state == State.CLOSED) {
        return;
      }
      counters.received.add(burst.size());
      List<Envelope> envelopes = new ArrayList<>(burst.size());
      for (Incoming message : burst) {
        try {
          envelopes.add(decode(message.bytes()));
        } catch (UnauthenticatedMessageException e) {
          unauthenticated(String.valueOf(e.getMessage()));
        } catch (MalformedMessageException e) {
          malformed(String.valueOf(e.getMessage()));
        } catch (Throwable e) {
          // The decoder is wrong about this message; it must not be lost unseen, nor the others.
          log.debug("Decoding failed", e); // the warning that follows is limited
          malformed("decoding failed: " + e.getClass().getSimpleName());
        }
      }
      deliverer.deliver(envelopes);
    }

    @Override
    public void onCheckpoint(Runnable reached) {
      sessions.whenKeepingUp(reached);
    }

    private Envelope decode(byte[] message)
        throws MalformedMessageException, UnauthenticatedMessageException {
      codec.checkSize(message);
      if (verifier != null) {
        verifier.verify(message); // before anything of it is believed, or parsed
      }
      return codec.decode(message);
    }

    private void unauthenticated(String rule) {
      counters.unauthenticated.increment();
      // Whoever has no key must not be able to drown what else there is to tell.
      if (refusals.allows()) {
        notifier.tell(listener -> listener.onUnauthenticatedMessage(rule));
        log.warn("Message on channel {} refused: {}", config.channel(), rule);
      }
    }

    private void malformed(String rule) {
      counters.malformed.increment();
      notifier.tell(listener -> listener.onMalformedMessage(rule));
      if (warnings.allows()) {
        log.warn("Malformed message on channel {} skipped: {}", config.channel(), rule);
      }
    }

    @Override
    public void onGap(Gap gap) {
      counters.gap(gap);
      log.warn("Deaf from {} to {}: {}", gap.from(), gap.until(), gap.cause());
      notifier.tell(listener -> listener.onGap(gap));
      sessions.tellGap();
    }

    @Override
    public void onStatus(BackplaneStatus status) {
      tellPublishing(status.publishing());
      switch (status.receiving().state()) {
        case UP -> moveTo(State.SUBSCRIBED, "");
        case DOWN -> {
          if (state != State.CONNECTING) { // that lasts until it was subscribed once
            moveTo(State.RECONNECTING, status.receiving().reason());
          }
        }
        default -> {} // our own start and close say the rest
      }
    }
  }
}
