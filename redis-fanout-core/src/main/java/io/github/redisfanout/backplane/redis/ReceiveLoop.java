package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.backplane.BackplaneStatus.State;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Receiver;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
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
  private final AtomicLong reconnects = new AtomicLong();

  // Confined to the receiving thread: messages published before this were heard.
  private @Nullable Instant heardUntil; // null before the first subscription

  ReceiveLoop(
      RedisEndpoint endpoint,
      BackplaneConfig config,
      Receiver receiver,
      DirectionState state,
      Clock clock,
      Channels channels) {
    this.endpoint = endpoint;
    this.config = config;
    this.receiver = receiver;
    this.state = state;
    this.clock = clock;
    this.channels = channels;
  }

  long reconnects() {
    return reconnects.get();
  }

  /** The receiving thread, until the channels are closed. */
  void receive() {
    Backoff backoff = new Backoff(config.minBackoff(), config.maxBackoff());
    state.moveTo(State.CONNECTING, "connecting");
    while (channels.awaitWanted()) {
      String reason;
      try {
        reason = receiveUntilLost(backoff);
      } catch (RuntimeException | Error e) {
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

  private String receiveUntilLost(Backoff backoff) {
    Subscription subscription =
        new Subscription(
            endpoint.connect("redis-fanout-receive", config.readTimeout()), this, clock);
    try {
      List<Channels.Command> wanted = channels.begin(subscription);
      if (wanted.isEmpty()) {
        return "there is no channel to hear";
      }
      subscription.receive(wanted);
      return "the subscription ended";
    } catch (RuntimeException e) {
      // After a failed write we disconnect, and reading then only says "Socket is closed".
      Throwable writing = subscription.writeFailure();
      return Failures.inWords(writing == null ? e : writing);
    } finally {
      if (subscription.isConfirmed()) {
        backoff.reset();
        heardUntil = subscription.heardUntil();
      }
      subscription.disconnect();
      channels.end();
      // An interrupt ends Jedis' loop, and nobody but us ends our threads: go on without it.
      Thread.interrupted();
    }
  }

  // ---- what the subscription says, on the receiving thread

  /** Every channel of a new connection is confirmed: this node hears again. */
  void onSubscribed(List<Channels.Command> confirmed) {
    Instant deafSince = heardUntil;
    if (deafSince != null) {
      reconnects.incrementAndGet();
      Gap gap = new Gap(Set.of(), deafSince, clock.instant(), Gap.Cause.CONNECTION_LOST);
      guarded(() -> receiver.onGap(gap));
    }
    state.moveTo(State.UP, "");
    channels.confirmed(confirmed);
  }

  void onConfirmed(Channels.Command command) {
    channels.confirmed(List.of(command));
  }

  void onUnsubscribed(String channel) {
    channels.unsubscribed(channel);
  }

  void onMessage(Incoming message) {
    guarded(() -> receiver.onMessage(message));
  }

  static void guarded(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException | Error e) {
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
