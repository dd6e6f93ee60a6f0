package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.internal.Log.log;

import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Receiver;
import java.net.SocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Subscribes, reads, and reconnects until it is closed. The receiving thread owns the connection
 * and reads it. The command thread writes changes of the channels and heartbeats, which are
 * SUBSCRIBEs of a channel already subscribed. There is only one writer, because Jedis corrupts the
 * stream when two threads write.
 */
final class ReceiveLoop {
  /** After this many dead subscriptions in a row the publishing connection is opened again, too. */
  private static final int DEAD_IN_A_ROW = 2;

  /** Shorter texts are always kept: names of channels, probes, and the answers to ROLE. */
  private static final int MIN_LIMIT = 64 << 10;

  /** Redis did not tell the id of a connection. */
  static final long UNKNOWN_CLIENT = -1;

  private final Dialer dialer;
  private final RedisConfig config;
  private final Receiver receiver;
  private final DirectionState state;
  private final Clock clock;
  private final Channels channels;
  private final SendWindow window;
  private final PublishPipeline publishing;
  private final Function<String, Probes> newProbes;
  private final GapLog gaps;
  private final AtomicLong reconnects = new AtomicLong();

  private volatile @Nullable Subscription current; // null while not connected
  private volatile long clientId = UNKNOWN_CLIENT;

  /** Why the connection that is being opened is not to be used; null if it is. */
  private volatile @Nullable Loss givenUp;

  // Confined to the receiving thread.

  /** Where the last connection has led to; null before the first. */
  private @Nullable ServerIdentity server;

  /** Whether the current connection is known to receive. */
  private boolean receiving;

  /** After a dead subscription no connection counts as receiving until a probe has come back. */
  private int deadInARow;

  /** Whether a gap was reported on the current connection before a probe has come back. */
  private boolean gapReportedUnproved;

  /** The publishing connection when messages were last known to be received. */
  private long publishingConnection;

  ReceiveLoop(
      Dialer dialer,
      RedisConfig config,
      Receiver receiver,
      DirectionState state,
      Clock clock,
      Channels channels,
      SendWindow window,
      PublishPipeline publishing,
      Function<String, Probes> newProbes,
      Duration lookInterval) {
    this.dialer = dialer;
    this.config = config;
    this.receiver = receiver;
    this.state = state;
    this.clock = clock;
    this.channels = channels;
    this.window = window;
    this.publishing = publishing;
    this.newProbes = newProbes;
    gaps =
        new GapLog(
            clock,
            dialer.settlingTime(lookInterval),
            dialer.nameCacheTime(),
            gap -> guarded(() -> receiver.onGap(gap)));
  }

  long reconnects() {
    return reconnects.get();
  }

  /** The last proof on the current connection. */
  Proof proof() {
    Subscription open = current;
    return open == null
        ? new Proof(config.probeInterval(), Optional.empty(), Optional.empty())
        : open.probes().regular().proof();
  }

  /** Redis' id of the current connection; {@link #UNKNOWN_CLIENT} if there is none, or no id. */
  long clientId() {
    return clientId;
  }

  /** Where the current connection leads to; null while there is none. */
  @Nullable SocketAddress peer() {
    Subscription open = current;
    return open == null ? null : open.connection().peer();
  }

  Duration heartbeatInterval() {
    return config.heartbeatInterval();
  }

  /** Sends probes and finds dead subscriptions; called by a timer. */
  void tick() {
    Subscription open = current;
    if (open != null) {
      open.tick(System.nanoTime());
    }
  }

  /** Why this may be the wrong server; null if it is proved, or cannot be. */
  @Nullable String doubt() {
    Subscription open = current;
    return open == null ? null : open.probes().doubt();
  }

  /** Ends the connection that is open or being opened, for this reason; from any thread. */
  void giveUp(Loss why) {
    givenUp = why;
    Subscription open = current;
    if (open != null) {
      open.giveUp(why);
    }
  }

  /** Proves now whether a new connection leads to the same server; from any thread. */
  void proveFresh() {
    Subscription open = current;
    if (open != null) {
      open.probes().fresh().hurry();
    }
  }

  /** Sends a probe now, because Redis counted no subscriber for a message; from any thread. */
  void prove() {
    Subscription open = current;
    if (open != null && open.isComplete() && open.probes().wasCounted()) {
      open.probes().regular().hurry();
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
      if (channels.isConnectionWanted()) {
        state.moveTo(ConnectionState.DOWN, reason);
        channels.pause(backoff.nextNanos());
      }
      if (channels.isEmpty()) {
        gaps.finish();
        state.moveTo(ConnectionState.IDLE, "there is no channel to receive");
      }
    }
    gaps.finish();
    state.moveTo(ConnectionState.CLOSED, "closed");
  }

  private String receiveUntilLost(String firstChannel, Backoff backoff) {
    Probes probes = newProbes.apply(firstChannel);
    givenUp = null;
    OneConnection connection = dialer.dial("redis-fanout-receive");
    Subscription subscription = new Subscription(connection, this, window, probes, clock);
    try {
      server = dialer.identify(connection);
      long id = dialer.clientId(connection);
      SubscriberCommand first = channels.begin(subscription);
      if (first == null) {
        return "there is no channel to receive";
      }
      clientId = id;
      current = subscription;
      Loss meanwhile = givenUp;
      if (meanwhile != null) {
        subscription.giveUp(meanwhile);
      }
      gapReportedUnproved = false;
      subscription.receive(first);
      return "the subscription ended";
    } catch (WrongRoleException e) {
      dialer.wrongServer(Failures.inWords(e)); // also gives up this subscription
      return Failures.inWords(e);
    } catch (RuntimeException e) {
      return whyLost(subscription, e);
    } finally {
      current = null;
      clientId = UNKNOWN_CLIENT;
      subscription.disconnect();
      channels.end();
      Thread.interrupted(); // only close ends this thread
      ended(subscription, backoff);
    }
  }

  private void ended(Subscription subscription, Backoff backoff) {
    window.endReceiving();
    Loss loss = subscription.loss();
    if (loss != null && isDead(loss)) {
      deadInARow++;
    }
    if (loss != null && (deadInARow >= DEAD_IN_A_ROW || !isDead(loss))) {
      publishing.renew(loss.reason());
    }
    ServerIdentity left = server;
    if (receiving && left != null) {
      backoff.reset();
      receiving = false;
      if (loss != null
          || channels.isConnectionWanted()) { // otherwise nothing more is to be received
        gaps.lost(end(subscription, left, loss));
      }
    }
  }

  private GapLog.End end(Subscription subscription, ServerIdentity left, @Nullable Loss loss) {
    Instant fresh = subscription.probes().freshUntil();
    Instant sure =
        loss != null && loss.sureUntil() != null
            ? loss.sureUntil()
            : dialer.sureUntil(subscription.connection(), fresh);
    Instant until = subscription.receivedUntil();
    Gap.Cause cause = loss == null ? Gap.Cause.CONNECTION_LOST : loss.cause();
    return new GapLog.End(
        cause,
        until == null ? sure : until,
        sure,
        left,
        loss != null || dialer.isLocated() || (left.runId() == null && fresh != null),
        loss != null && (!isDead(loss) || isPublishingElsewhere()));
  }

  private static boolean isDead(Loss loss) {
    return loss.cause() == Gap.Cause.DEAD_SUBSCRIPTION;
  }

  /** Whether the publishing connection is another one than when this node last received. */
  private boolean isPublishingElsewhere() {
    return publishingConnection != publishing.connectionNumber();
  }

  private static String whyLost(Subscription subscription, RuntimeException failure) {
    // After our own disconnect, the failure is only "Socket is closed".
    Loss loss = subscription.loss();
    if (loss != null) {
      return loss.reason();
    }
    Throwable writing = subscription.writeFailure();
    String words = Failures.inWords(writing == null ? failure : writing);
    return words.startsWith("NOPERM") && subscription.probes().areWanted()
        ? words + "; the user needs the subscribed channels and " + subscription.probes().channel()
        : words;
  }

  // ---- called by the subscription

  /** Every channel that a new connection began with is confirmed, by this last command. */
  void onSubscribed(SubscriberCommand last) {
    if (deadInARow > 0) {
      state.moveTo(
          ConnectionState.DOWN, "subscribed after a dead subscription; no probe has come back yet");
    } else if (!receiving) {
      beginReceiving();
    }
    channels.answered(last);
  }

  private void beginReceiving() {
    receiving = true;
    ServerIdentity reached = server;
    if (reached != null) {
      reportGap(reached);
    }
    deadInARow = 0;
    publishingConnection = publishing.connectionNumber();
    state.moveTo(ConnectionState.UP, "");
  }

  private void reportGap(ServerIdentity reached) {
    GapLog.End before = gaps.receivedAgain(reached, isPublishingElsewhere());
    if (before != null) {
      reconnects.incrementAndGet();
      if (before.moved()) {
        dialer.moved(before.server().address(), reached.address());
      }
    }
  }

  /** A probe has come back. */
  void onProof() {
    if (!receiving) {
      beginReceiving();
    }
    deadInARow = 0;
    publishingConnection = publishing.connectionNumber();
    gaps.settle();
  }

  /** A longer message is skipped while it is read. */
  int maxMessageBytes() {
    return Math.max(MIN_LIMIT, receiver.maxMessageBytes());
  }

  void onTooLarge(String channel, long bytes) {
    guarded(() -> receiver.onTooLarge(channel, bytes));
  }

  /** A later command is confirmed; {@code provable} is false if no probe can come back. */
  void onConfirmed(SubscriberCommand command, boolean provable) {
    if (!receiving && !provable) {
      beginReceiving(); // no proof will come
    }
    gaps.settle();
    channels.answered(command);
  }

  /** A command was answered that says nothing of what was received. */
  void onAnswered(SubscriberCommand command) {
    channels.answered(command);
  }

  /** The user may not ask for the role. */
  void onRoleRefused(JedisDataException refused) {
    dialer.roleRefused(refused);
  }

  /** Redis refused new credentials. */
  void onLoginRefused(JedisDataException refused) {
    dialer.loginRefused(refused);
  }

  void onMessages(List<Incoming> burst) {
    if (!receiving && !gapReportedUnproved) {
      ServerIdentity reached = server;
      if (reached != null) {
        gapReportedUnproved = true; // once, and not for each burst
        gaps.receivedUnproved(reached); // before the first message after it
      }
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
    Channels.Addressed next = channels.awaitCommand();
    for (; next != null; next = channels.awaitCommand()) {
      next.target().write(next.command());
    }
  }
}
