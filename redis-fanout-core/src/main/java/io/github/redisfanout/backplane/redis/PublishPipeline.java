package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.internal.Log;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.args.Rawable;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * The publishing thread: takes what waits, pipelines it, reads the answers.
 *
 * <p>While one batch is under way the next one gathers, so batches grow with the load and an idle
 * pipeline sends at once. A message is written at most once: what may have left is never retried.
 */
final class PublishPipeline implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Log.CATEGORY);

  private static final int MAX_BATCH_MESSAGES = 512;
  private static final long MAX_BATCH_BYTES = 256 << 10;

  /**
   * A connection that was idle this long is tried before it is trusted with a message: Redis may
   * have gone, and a message written to a dead connection would be lost with outcome UNKNOWN.
   */
  private static final long TRUST_NANOS = Duration.ofSeconds(1).toNanos();

  /** How long to wait before the send window is looked at again; no message waits for it alone. */
  private static final long WINDOW_PAUSE_NANOS = Duration.ofMillis(1).toNanos();

  private final RedisEndpoint endpoint;
  private final RedisConfig config;
  private final PublishBuffer buffer;
  private final DirectionState state;
  private final SendWindow window;
  private final Backoff backoff;

  private volatile @Nullable OneConnection connection; // null while not connected
  private volatile long busySinceNanos; // 0 while no I/O is under way
  private volatile boolean suspect;

  /** A probe to be sent ahead of all that waits; null when there is none. */
  private final AtomicReference<@Nullable QueuedPublish> probe = new AtomicReference<>();

  private long lastAnswerNanos;
  private @Nullable QueuedPublish probeUnderWay; // null when none is
  private @Nullable String refusal; // what Redis said of the last probe; null when it took it

  /** For a link that receives nothing. */
  PublishPipeline(
      RedisEndpoint endpoint, RedisConfig config, PublishBuffer buffer, DirectionState state) {
    this(endpoint, config, buffer, state, new SendWindow(() -> {}));
  }

  PublishPipeline(
      RedisEndpoint endpoint,
      RedisConfig config,
      PublishBuffer buffer,
      DirectionState state,
      SendWindow window) {
    this.endpoint = endpoint;
    this.window = window;
    this.config = config;
    this.buffer = buffer;
    this.state = state;
    backoff = new Backoff();
  }

  @Override
  public void run() {
    state.moveTo(ConnectionState.CONNECTING, "connecting");
    try {
      while (!buffer.isFinished()) {
        try {
          step();
        } catch (Throwable e) {
          // An Error must not end the thread either: all further publishes would expire.
          lost(e);
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
      open = endpoint.connect("redis-fanout-publish", config.readTimeout());
      connection = open;
      lastAnswerNanos = System.nanoTime();
      suspect = false;
      refusal = null; // it is another connection, perhaps of a user who may
      backoff.reset();
      state.moveTo(ConnectionState.UP, "");
    }
    boolean messagesWait = buffer.awaitMessages(config.heartbeatInterval().toNanos());
    if ((suspect || System.nanoTime() - lastAnswerNanos >= TRUST_NANOS) && !buffer.isFinished()) {
      suspect = false;
      busySinceNanos = System.nanoTime();
      ping(open);
      answered();
    }
    boolean room = messagesWait && window.hasRoom(System.nanoTime());
    List<QueuedPublish> batch =
        room ? buffer.take(MAX_BATCH_MESSAGES, MAX_BATCH_BYTES) : new ArrayList<>();
    QueuedPublish first = probe.getAndSet(null);
    probeUnderWay = first;
    if (first != null) {
      batch.add(0, first); // even if the window is full: what it proves is needed then most
    }
    if (!batch.isEmpty()) {
      send(open, batch);
    } else if (messagesWait) {
      buffer.pause(WINDOW_PAUSE_NANOS);
    }
  }

  /**
   * Sends a probe ahead of all that waits, once there is a connection; one that was not sent yet is
   * dropped.
   */
  void sendFirst(Outgoing message, PublishCallback callback) {
    probe.set(new QueuedPublish(message, callback, 0)); // expires never: there is at most one
    buffer.wake();
  }

  private static void ping(OneConnection open) {
    open.sendCommand(Command.PING);
    try {
      open.getOne();
    } catch (JedisDataException e) {
      // A user who may only publish, or a script that runs: Redis answered, so it is there.
    }
  }

  /** What Jedis is given as bytes it copies first; this it does not. */
  private static CommandArguments publish(Outgoing message) {
    Rawable bytes = message::bytes;
    return new CommandArguments(Command.PUBLISH).add(message.channel()).add(bytes);
  }

  private void send(OneConnection open, List<QueuedPublish> batch) {
    busySinceNanos = System.nanoTime();
    List<QueuedPublish> written = new ArrayList<>(batch.size());
    int next = 0;
    try {
      while (next < batch.size()) {
        QueuedPublish waiting = batch.get(next++);
        if (claim(waiting)) {
          written.add(waiting);
          open.sendCommand(publish(waiting.message()));
        }
      }
    } catch (Throwable e) {
      buffer.putBack(batch.subList(next, batch.size()));
      failAll(written, e);
      throw e;
    }
    readAnswers(open, written);
    window.sent(bytes(written));
    if (written.isEmpty()) {
      busySinceNanos = 0; // nothing was asked, so nothing was answered
    } else {
      answered();
    }
  }

  private static long bytes(List<QueuedPublish> messages) {
    long bytes = 0;
    for (QueuedPublish message : messages) {
      bytes += message.bytes();
    }
    return bytes;
  }

  private void readAnswers(OneConnection open, List<QueuedPublish> written) {
    for (int i = 0; i < written.size(); i++) {
      QueuedPublish waiting = written.get(i);
      try {
        Object answer = open.getOne();
        refusal = waiting.equals(probeUnderWay) ? null : refusal;
        published(waiting, PublishAnswer.ofNodes(answer instanceof Long nodes ? nodes : 0));
      } catch (JedisDataException e) {
        // Redis answered, and refused: the connection is fine.
        refusal = waiting.equals(probeUnderWay) ? Failures.inWords(e) : refusal;
        waiting.fail(PublishFailure.REJECTED, e);
      } catch (Throwable e) {
        failAll(written.subList(i, written.size()), e);
        throw e;
      }
    }
  }

  private void answered() {
    lastAnswerNanos = System.nanoTime();
    busySinceNanos = 0;
    if (refusal != null) {
      state.moveTo(ConnectionState.DOWN, "Redis refuses to publish: " + refusal);
    } else if (state.current().state() != ConnectionState.UP) {
      state.moveTo(ConnectionState.UP, "");
    }
  }

  private static void failAll(List<QueuedPublish> written, Throwable cause) {
    for (QueuedPublish waiting : written) {
      waiting.fail(PublishFailure.UNKNOWN, cause);
    }
  }

  private static boolean claim(QueuedPublish waiting) {
    try {
      return waiting.callback().claim();
    } catch (Throwable e) {
      log.warn("A publish callback threw; its message is sent", e);
      return true;
    }
  }

  private static void published(QueuedPublish waiting, PublishAnswer answer) {
    try {
      waiting.callback().published(answer);
    } catch (Throwable e) {
      log.warn("A publish callback threw", e);
    }
  }

  private void lost(Throwable cause) {
    disconnect();
    if (!buffer.isClosing()) {
      state.moveTo(ConnectionState.DOWN, Failures.inWords(cause));
    }
    if (!buffer.isFinished()) {
      buffer.pause(backoff.nextNanos());
    }
  }

  private void disconnect() {
    OneConnection open = connection;
    connection = null;
    busySinceNanos = 0;
    Failures.disconnect(open);
  }

  /**
   * Says so when a connection has not answered for the probe interval, and cuts it after the read
   * timeout: Jedis has no write timeout.
   */
  void checkAnswers() {
    long since = busySinceNanos;
    if (since == 0) {
      return;
    }
    long silent = System.nanoTime() - since;
    Duration interval = config.probeInterval();
    if (silent > config.readTimeout().toNanos()) {
      cut();
    } else if (!interval.isZero() && silent > interval.toNanos()) {
      state.moveTo(ConnectionState.DOWN, "Redis has not answered a publish for " + interval);
    }
  }

  /** The other direction is down, so Redis may be: try the connection now. */
  void suspect() {
    suspect = true;
    buffer.wake();
  }

  /** Ends the connection, whatever it is doing. */
  void cut() {
    Failures.disconnect(connection);
  }
}
