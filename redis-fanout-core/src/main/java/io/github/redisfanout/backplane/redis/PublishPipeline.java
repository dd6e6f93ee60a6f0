package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.BackplaneEvent.Kind;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * The publishing thread: takes waiting messages, pipelines them, reads the answers. While one batch
 * is under way the next one gathers, so batches grow with the load and an idle pipeline sends at
 * once. A message that may have been executed is never written again.
 */
final class PublishPipeline implements Runnable {
  private static final int MAX_BATCH_MESSAGES = 512;
  private static final long MAX_BATCH_BYTES = 256 << 10;

  /** A connection that was idle this long is tested first: messages on a dead one are UNKNOWN. */
  private static final long TRUST_NANOS = Duration.ofSeconds(1).toNanos();

  /** The pause before the next look at a full send window. */
  private static final long WINDOW_PAUSE_NANOS = Duration.ofMillis(1).toNanos();

  /** The pause after Redis refused a batch that it may take soon. */
  private static final long REFUSED_PAUSE_NANOS = Duration.ofMillis(50).toNanos();

  /** How long a batch may be under way on a connection that is to be renewed. */
  private static final long RENEWAL_NANOS = Duration.ofMillis(100).toNanos();

  private final Dialer dialer;
  private final RedisConfig config;
  private final PublishBuffer buffer;
  private final DirectionState state;
  private final SendWindow window;
  private final LinkEvents events;
  private final BatchSender sender;
  private final Backoff backoff = new Backoff();

  private volatile @Nullable OneConnection connection; // null while not connected
  private volatile long connections; // how many there were
  private volatile long busySinceNanos; // 0 while no I/O is under way
  private volatile boolean suspect;

  /** Why to connect again; null if not. */
  private final AtomicReference<@Nullable RuntimeException> renewal = new AtomicReference<>();

  /** What to log in with again; null if not. */
  private final AtomicReference<@Nullable Login> login = new AtomicReference<>();

  /** A probe to send before all waiting messages; null if there is none. */
  private final AtomicReference<@Nullable QueuedPublish> probe = new AtomicReference<>();

  private long lastAnswerNanos;
  private @Nullable String probeRefusal; // Redis' error for the last probe; null if it took it

  PublishPipeline(
      Dialer dialer,
      RedisConfig config,
      PublishBuffer buffer,
      DirectionState state,
      SendWindow window,
      LinkEvents events,
      Predicate<String> isSubscribed,
      Runnable onUnheard) {
    this.dialer = dialer;
    this.config = config;
    this.buffer = buffer;
    this.state = state;
    this.window = window;
    this.events = events;
    Fence fence = new Fence(config.fencing(), dialer, events);
    sender = new BatchSender(buffer, window, fence, events, isSubscribed, onUnheard);
  }

  @Override
  public void run() {
    try {
      state.moveTo(ConnectionState.CONNECTING, "connecting");
      while (!buffer.isFinished()) {
        try {
          step();
        } catch (Throwable e) {
          lost(e); // not even an Error may end the thread: all further publishes would expire
        }
      }
    } finally {
      disconnect();
      buffer.rejectRest();
      state.moveTo(ConnectionState.CLOSED, "closed");
    }
  }

  private void step() {
    OneConnection open = connection;
    if (open == null) {
      open = connect();
    }
    boolean messagesWait = buffer.awaitMessages(config.idleLimit().toNanos());
    if (buffer.isFinished()) {
      return;
    }
    RuntimeException reason = renewal.getAndSet(null);
    if (reason != null) {
      throw reason;
    }
    prepare(open);
    if (!messagesWait) {
      return;
    }
    sender.prepare(open);
    if (!window.hasRoom(System.nanoTime())) {
      buffer.pause(WINDOW_PAUSE_NANOS);
      return;
    }
    publish(open, buffer.take(MAX_BATCH_MESSAGES, MAX_BATCH_BYTES));
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // only the publishing thread writes it
  private OneConnection connect() {
    renewal.set(null);
    login.set(null); // a later one may be newer than what the new connection logs in with
    OneConnection open = dialer.dial("redis-fanout-publish");
    connection = open;
    connections++;
    lastAnswerNanos = System.nanoTime();
    suspect = false;
    probeRefusal = null;
    sender.reset();
    backoff.reset();
    state.moveTo(ConnectionState.UP, "");
    return open;
  }

  /** Logs in again, sends a probe or tests the connection, if one of them is due. */
  private void prepare(OneConnection open) {
    busySinceNanos = System.nanoTime();
    boolean used = false;
    Login due = login.getAndSet(null);
    if (due != null) {
      try {
        due.send(open);
      } catch (JedisDataException e) {
        dialer.loginRefused(e);
      }
      used = true;
    }
    QueuedPublish first = probe.getAndSet(null);
    boolean idle = System.nanoTime() - lastAnswerNanos >= TRUST_NANOS;
    if (first != null) {
      sendProbe(open, first);
      used = true;
    } else if (suspect || idle) {
      dialer.checkRole(open);
      used = true;
    }
    suspect = false;
    if (used) {
      answered();
    } else {
      busySinceNanos = 0;
    }
  }

  /** Sends a probe before all waiting messages; replaces one that was not sent yet. */
  void sendFirst(Outgoing message, PublishCallback callback) {
    probe.set(new QueuedPublish(message, callback, 0)); // the deadline is not used
    buffer.wake();
  }

  // Not in a transaction: it must not be refused together with messages, nor they with it.
  private void sendProbe(OneConnection open, QueuedPublish first) {
    try {
      dialer.checkRole(open);
    } catch (Throwable e) {
      first.fail(PublishFailure.UNKNOWN, e);
      throw e;
    }
    Outcomes outcomes = new Outcomes(channel -> false);
    Batch batch = new Batch(open, List.of(first), null, outcomes);
    batch.publish(buffer::putBack, () -> {});
    if (batch.isWritten()) {
      JedisDataException error = outcomes.lastError();
      probeRefusal = error == null ? null : Failures.inWords(error);
    }
  }

  private void publish(OneConnection open, List<QueuedPublish> taken) {
    busySinceNanos = System.nanoTime();
    if (sender.send(open, taken)) {
      answered();
    } else {
      busySinceNanos = 0; // there was no answer either
    }
    if (sender.refusal() != null) {
      buffer.pause(REFUSED_PAUSE_NANOS);
    }
  }

  private void answered() {
    lastAnswerNanos = System.nanoTime();
    busySinceNanos = 0;
    String refusal = sender.refusal();
    String why = refusal != null ? refusal : probeRefusal;
    if (why != null) {
      state.moveTo(ConnectionState.DOWN, "Redis refuses to publish: " + why);
    } else if (state.current().state() != ConnectionState.UP) {
      state.moveTo(ConnectionState.UP, "");
    }
  }

  private void lost(Throwable cause) {
    boolean wasOpen = connection != null;
    disconnect();
    if (wasOpen && cause instanceof WrongRoleException) {
      events.report(Kind.WRONG_ROLE, Failures.inWords(cause));
      dialer.wrongServer(Failures.inWords(cause));
    }
    if (!buffer.isClosing()) {
      state.moveTo(ConnectionState.DOWN, Failures.inWords(cause));
    }
    if (!buffer.isFinished()) {
      buffer.pause(backoff.nextNanos());
    }
  }

  private void disconnect() {
    cut();
    connection = null;
    busySinceNanos = 0;
  }

  /**
   * Moves to DOWN when there is no answer for the probe interval, and cuts the connection after the
   * read timeout: Jedis has no write timeout.
   */
  void checkAnswers() {
    long since = busySinceNanos;
    if (since == 0) {
      return;
    }
    long silent = System.nanoTime() - since;
    Duration interval = config.probeInterval();
    if (silent > config.readTimeout().toNanos()
        || (renewal.get() != null && silent > RENEWAL_NANOS)) {
      cut();
    } else if (!interval.isZero() && silent > interval.toNanos()) {
      state.moveTo(ConnectionState.DOWN, "Redis has not answered a publish for " + interval);
    }
  }

  /** Asks for the server's role now; from any thread. */
  void suspect() {
    suspect = true;
    buffer.wake();
  }

  /** Connects at once if it waits to do so, because the other direction is up. */
  void resume() {
    if (connection == null) {
      buffer.resume();
    }
  }

  /** Connects again as soon as the batch under way is answered; from any thread. */
  void renew(String reason) {
    renewal.set(new JedisConnectionException(reason));
    buffer.wake();
    resume();
  }

  /** Logs in again before the next message; from any thread. */
  void logIn(Login again) {
    login.set(again);
    buffer.wake();
  }

  /** The number of the present connection, to detect whether it was lost meanwhile. */
  long connectionNumber() {
    return connections;
  }

  /** Where the connection leads to; null while there is none. */
  @Nullable SocketAddress peer() {
    OneConnection open = connection;
    return open == null ? null : open.peer();
  }

  /** Ends the connection at once, from any thread. */
  void cut() {
    OneConnection open = connection;
    if (open != null) {
      open.cut();
    }
  }
}
