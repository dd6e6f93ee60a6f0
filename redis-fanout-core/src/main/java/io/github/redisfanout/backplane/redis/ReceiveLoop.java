package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.Receiver;
import io.github.redisfanout.internal.Log;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The receiving thread and its helper: subscribes, reads, and reconnects without end.
 *
 * <p>The receiving thread owns the connection and reads it. The command thread writes to it:
 * heartbeats, which are SUBSCRIBEs of a channel already subscribed, and changes of the channels.
 * One writer, because Jedis corrupts the stream when two threads write.
 */
final class ReceiveLoop implements Subscription.Events {
  private static final Logger log = LoggerFactory.getLogger(Log.CATEGORY);

  private final RedisEndpoint endpoint;
  private final RedisConfig config;
  private final Receiver receiver;
  private final DirectionState state;
  private final Clock clock;
  private final Channels channels;
  private final SendWindow window;
  private final BiConsumer<Outgoing, PublishCallback> publishProbe;
  private final AtomicLong reconnects = new AtomicLong();

  private volatile @Nullable Subscription current; // null while not connected

  // Confined to the receiving thread.

  /** Messages published before this were received; null before the first subscription. */
  private @Nullable Instant receivedUntil;

  /** Why receiving ended last. */
  private Gap.Cause lossCause = Gap.Cause.CONNECTION_LOST;

  /** Whether the present connection is believed to receive; if not, a proof has to come first. */
  private boolean receiving;

  /** After a dead subscription the next one is believed only when a probe has come back. */
  private boolean onProbation;

  ReceiveLoop(
      RedisEndpoint endpoint,
      RedisConfig config,
      Receiver receiver,
      DirectionState state,
      Clock clock,
      Channels channels,
      SendWindow window,
      BiConsumer<Outgoing, PublishCallback> publishProbe) {
    this.endpoint = endpoint;
    this.config = config;
    this.receiver = receiver;
    this.state = state;
    this.clock = clock;
    this.channels = channels;
    this.window = window;
    this.publishProbe = publishProbe;
  }

  long reconnects() {
    return reconnects.get();
  }

  /** The last proof on the present connection. */
  Proof proof() {
    Subscription open = current;
    return open == null
        ? new Proof(config.probeInterval(), Optional.empty(), Optional.empty())
        : open.proof();
  }

  /** Sends probes and finds dead subscriptions; called by a timer. */
  void tick() {
    Subscription open = current;
    if (open != null) {
      open.tick(System.nanoTime());
    }
  }

  /** The receiving thread, until the channels are closed. */
  void receive() {
    Backoff backoff = new Backoff();
    state.moveTo(ConnectionState.CONNECTING, "connecting");
    for (String first = channels.awaitWanted(); first != null; first = channels.awaitWanted()) {
      String reason;
      try {
        reason = receiveUntilLost(first, backoff);
      } catch (Throwable e) {
        reason = Failures.inWords(e);
      }
      if (channels.isEmpty()) {
        receivedUntil = null; // without channels nothing can be missed
        state.moveTo(ConnectionState.IDLE, "there is no channel to receive");
      } else if (!channels.isClosed()) {
        state.moveTo(ConnectionState.DOWN, reason);
        channels.pause(backoff.nextNanos());
      }
    }
    state.moveTo(ConnectionState.CLOSED, "closed");
  }

  private String receiveUntilLost(String firstChannel, Backoff backoff) {
    Probe probe =
        new Probe(
            firstChannel, config.probeInterval(), clock, publishProbe, channels::requestHeartbeat);
    Subscription subscription =
        new Subscription(
            endpoint.connect("redis-fanout-receive", config.readTimeout()),
            this,
            window,
            probe,
            clock);
    try {
      List<Channels.Command> wanted = channels.begin(subscription);
      if (wanted.isEmpty()) {
        return "there is no channel to receive";
      }
      current = subscription;
      subscription.receive(wanted);
      return "the subscription ended";
    } catch (RuntimeException e) {
      return whyLost(subscription, probe, e);
    } finally {
      current = null;
      window.endReceiving();
      if (receiving) {
        backoff.reset();
        receivedUntil = subscription.receivedUntil();
        onProbation = probe.death() != null;
        lossCause = onProbation ? Gap.Cause.DEAD_SUBSCRIPTION : Gap.Cause.CONNECTION_LOST;
        receiving = false;
      }
      subscription.disconnect();
      channels.end();
      // An interrupt ends Jedis' loop, and only close ends this thread: go on without it.
      Thread.interrupted();
    }
  }

  private static String whyLost(Subscription subscription, Probe probe, RuntimeException failure) {
    // After we have disconnected, reading only says "Socket is closed".
    String death = probe.death();
    if (death != null) {
      return death;
    }
    Throwable writing = subscription.writeFailure();
    String words = Failures.inWords(writing == null ? failure : writing);
    return words.startsWith("NOPERM") && probe.isWanted()
        ? words + "; the user needs the subscribed channels and " + probe.channel()
        : words;
  }

  // ---- what the subscription reports

  @Override
  public void onSubscribed(List<Channels.Command> confirmed) {
    if (onProbation) {
      state.moveTo(
          ConnectionState.DOWN, "subscribed after a dead subscription; no probe has come back yet");
    } else if (!receiving) {
      beginReceiving();
    }
    channels.confirmed(confirmed);
  }

  private void beginReceiving() {
    Instant missedSince = receivedUntil;
    receiving = true;
    onProbation = false;
    if (missedSince != null) {
      reconnects.incrementAndGet();
      Gap gap = new Gap(Set.of(), missedSince, clock.instant(), lossCause);
      guarded(() -> receiver.onGap(gap));
    }
    state.moveTo(ConnectionState.UP, "");
  }

  @Override
  public void onProof() {
    if (!receiving) {
      beginReceiving();
    }
  }

  @Override
  public void onConfirmed(Channels.Command command, boolean provable) {
    if (!receiving && !provable) {
      beginReceiving(); // no proof will come, so there is none to wait for
    }
    channels.confirmed(List.of(command));
  }

  @Override
  public void onUnsubscribed(String channel) {
    channels.unsubscribed(channel);
  }

  @Override
  public void onMessages(List<Incoming> burst) {
    if (!receiving) {
      beginReceiving(); // a message is a proof, too; and a gap is reported before it
    }
    guarded(() -> receiver.onMessages(burst));
  }

  @Override
  public void onCheckpoint(Runnable reached) {
    guarded(() -> receiver.onCheckpoint(reached));
  }

  static void guarded(Runnable call) {
    try {
      call.run();
    } catch (Throwable e) {
      log.warn("The receiver threw", e);
    }
  }

  /** The command thread, until the channels are closed. */
  void writeCommands() {
    Channels.Addressed next = channels.awaitCommand(config.heartbeatInterval());
    while (next != null) {
      next.target().write(next.command());
      next = channels.awaitCommand(config.heartbeatInterval());
    }
  }
}
