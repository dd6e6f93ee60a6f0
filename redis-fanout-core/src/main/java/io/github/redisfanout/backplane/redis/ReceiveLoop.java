package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.internal.Log.log;

import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.Receiver;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Subscribes, reads, and reconnects until it is closed. The receiving thread owns the connection
 * and reads it. The command thread writes changes of the channels and heartbeats, which are
 * SUBSCRIBEs of a channel already subscribed. There is only one writer, because Jedis corrupts the
 * stream when two threads write.
 */
final class ReceiveLoop {
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

  /** Whether the current connection is known to receive. */
  private boolean receiving;

  /** True after a dead subscription, until a probe has come back. */
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

  /** The last proof on the current connection. */
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
        receivedUntil = null; // no message can be missed
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
        receiving = false;
      }
      subscription.disconnect();
      channels.end();
      Thread.interrupted(); // it ends Jedis' loop, but only close ends this thread
    }
  }

  private static String whyLost(Subscription subscription, Probe probe, RuntimeException failure) {
    // After our own disconnect, the failure is only "Socket is closed".
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

  // ---- called by the subscription

  /** Every channel of a new connection is confirmed. */
  void onSubscribed(List<Channels.Command> confirmed) {
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
    Gap.Cause cause = onProbation ? Gap.Cause.DEAD_SUBSCRIPTION : Gap.Cause.CONNECTION_LOST;
    receiving = true;
    onProbation = false;
    if (missedSince != null) {
      reconnects.incrementAndGet();
      Gap gap = new Gap(Set.of(), missedSince, clock.instant(), cause);
      guarded(() -> receiver.onGap(gap));
    }
    state.moveTo(ConnectionState.UP, "");
  }

  /** A probe has come back. */
  void onProof() {
    if (!receiving) {
      beginReceiving();
    }
  }

  /** A later command is confirmed; {@code provable} is false if no probe can come back. */
  void onConfirmed(Channels.Command command, boolean provable) {
    if (!receiving && !provable) {
      beginReceiving(); // no proof will come
    }
    channels.confirmed(List.of(command));
  }

  void onUnsubscribed(String channel) {
    channels.unsubscribed(channel);
  }

  void onMessages(List<Incoming> burst) {
    if (!receiving) {
      beginReceiving(); // a message is a proof, and a gap has to be reported before it
    }
    guarded(() -> receiver.onMessages(burst));
  }

  void onCheckpoint(Runnable reached) {
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
    Duration interval = config.heartbeatInterval();
    Channels.Addressed next = channels.awaitCommand(interval);
    for (; next != null; next = channels.awaitCommand(interval)) {
      next.target().write(next.command());
    }
  }
}
