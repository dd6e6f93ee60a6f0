package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.BackplaneStatus.State;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.Receiver;
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
 * The receiving thread and its helper: subscribes, reads, and reconnects for ever.
 *
 * <p>The receiving thread owns the connection and reads it. The command thread writes to it:
 * heartbeats, which are SUBSCRIBEs of a channel already subscribed, and changes of the channels.
 * One writer, because Jedis corrupts the stream when two threads write.
 */
final class ReceiveLoop {
  private static final Logger log = LoggerFactory.getLogger(RedisBackplane.class);

  private final RedisEndpoint endpoint;
  private final BackplaneConfig config;
  private final Receiver receiver;
  private final DirectionState state;
  private final Clock clock;
  private final Channels channels;
  private final SendWindow window;
  private final BiConsumer<Outgoing, PublishCallback> publishProbe;
  private final AtomicLong reconnects = new AtomicLong();

  private volatile @Nullable Subscription current; // null while not connected

  // Confined to the receiving thread.

  /** Messages published before this were heard; null before the first subscription. */
  private @Nullable Instant heardUntil;

  /** Why hearing ended last. */
  private Gap.Cause lossCause = Gap.Cause.CONNECTION_LOST;

  /** Whether the present connection is believed to hear; if not, a proof has to come first. */
  private boolean hearing;

  /** After a deaf connection the next one is believed to hear only when a probe has come back. */
  private boolean onProbation;

  ReceiveLoop(
      RedisEndpoint endpoint,
      BackplaneConfig config,
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

  /** Looks after the probe; called by a timer. */
  void tick() {
    Subscription open = current;
    if (open != null) {
      open.tick(System.nanoTime());
    }
  }

  /** The receiving thread, until the channels are closed. */
  void receive() {
    Backoff backoff = new Backoff(config.minBackoff(), config.maxBackoff());
    state.moveTo(State.CONNECTING, "connecting");
    for (String first = channels.awaitWanted(); first != null; first = channels.awaitWanted()) {
      String reason;
      try {
        reason = receiveUntilLost(first, backoff);
      } catch (Throwable e) {
        reason = Failures.inWords(e);
      }
      if (channels.isEmpty()) {
        heardUntil = null; // nothing can be missed by nobody
        state.moveTo(State.IDLE, "there is no channel to hear");
      } else if (!channels.isClosed()) {
        state.moveTo(State.DOWN, reason);
        channels.pause(backoff.nextNanos());
      }
    }
    state.moveTo(State.CLOSED, "closed");
  }

  private String receiveUntilLost(String firstChannel, Backoff backoff) {
    Probe probe =
        new Probe(
            firstChannel, config.probeInterval(), clock, publishProbe, channels::askForHeartbeat);
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
        return "there is no channel to hear";
      }
      current = subscription;
      subscription.receive(wanted);
      return "the subscription ended";
    } catch (RuntimeException e) {
      return whyLost(subscription, probe, e);
    } finally {
      current = null;
      window.endHearing();
      if (hearing) {
        backoff.reset();
        heardUntil = subscription.heardUntil();
        lossCause = subscription.deafness() == null ? Gap.Cause.CONNECTION_LOST : Gap.Cause.DEAF;
        onProbation = lossCause == Gap.Cause.DEAF;
        hearing = false;
      }
      subscription.disconnect();
      channels.end();
      // An interrupt ends Jedis' loop, and nobody but us ends our threads: go on without it.
      Thread.interrupted();
    }
  }

  private static String whyLost(Subscription subscription, Probe probe, RuntimeException failure) {
    // After we have disconnected, reading only says "Socket is closed".
    String deafness = subscription.deafness();
    if (deafness != null) {
      return deafness;
    }
    Throwable writing = subscription.writeFailure();
    String words = Failures.inWords(writing == null ? failure : writing);
    return words.startsWith("NOPERM") && probe.isWanted()
        ? words + "; the user needs the channels that are heard and " + probe.channel()
        : words;
  }

  // ---- what the subscription says, on the receiving thread

  /** Every channel of a new connection is confirmed. */
  void onSubscribed(List<Channels.Command> confirmed) {
    if (onProbation) {
      state.moveTo(State.DOWN, "subscribed after deafness, and no probe has come back yet");
    } else if (!hearing) {
      hear();
    }
    channels.confirmed(confirmed);
  }

  /** This node hears again. */
  private void hear() {
    Instant deafSince = heardUntil;
    hearing = true;
    onProbation = false;
    if (deafSince != null) {
      reconnects.incrementAndGet();
      Gap gap = new Gap(Set.of(), deafSince, clock.instant(), lossCause);
      guarded(() -> receiver.onGap(gap));
    }
    state.moveTo(State.UP, "");
  }

  /** A probe has come back. */
  void onProof() {
    if (!hearing) {
      hear();
    }
  }

  /** {@code provable} is false if no probe can come back. */
  void onConfirmed(Channels.Command command, boolean provable) {
    if (!hearing && !provable) {
      hear(); // there will be no proof, and for ever is too long to wait for it
    }
    channels.confirmed(List.of(command));
  }

  void onUnsubscribed(String channel) {
    channels.unsubscribed(channel);
  }

  void onMessages(List<Incoming> burst) {
    if (!hearing) {
      hear(); // what comes is a proof, too; and a gap is told before it
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
    Channels.Addressed next = channels.awaitCommand(config.heartbeatInterval());
    while (next != null) {
      next.target().write(next.command());
      next = channels.awaitCommand(config.heartbeatInterval());
    }
  }
}
