package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.args.Rawable;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * The publishing thread: takes waiting messages, pipelines them, reads the answers. While one batch
 * is under way the next one gathers, so batches grow with the load and an idle pipeline sends at
 * once. A message that may have been written is never written again.
 */
final class PublishPipeline implements Runnable {
  private static final int MAX_BATCH_MESSAGES = 512;
  private static final long MAX_BATCH_BYTES = 256 << 10;

  /** A connection that was idle this long is tested first: messages on a dead one are UNKNOWN. */
  private static final long TRUST_NANOS = Duration.ofSeconds(1).toNanos();

  /** The pause before the next look at a full send window. */
  private static final long WINDOW_PAUSE_NANOS = Duration.ofMillis(1).toNanos();

  private final RedisEndpoint endpoint;
  private final RedisConfig config;
  private final PublishBuffer buffer;
  private final DirectionState state;
  private final SendWindow window;
  private final Backoff backoff = new Backoff();

  private volatile @Nullable OneConnection connection; // null while not connected
  private volatile long busySinceNanos; // 0 while no I/O is under way
  private volatile boolean suspect;

  /** A probe to send before all waiting messages; null if there is none. */
  private final AtomicReference<@Nullable QueuedPublish> probe = new AtomicReference<>();

  private long lastAnswerNanos;
  private @Nullable QueuedPublish probeUnderWay; // null when none is
  private @Nullable String refusal; // Redis' error for the last probe; null if it took it

  /** For a link that only publishes. */
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
    this.config = config;
    this.buffer = buffer;
    this.state = state;
    this.window = window;
  }

  @Override
  public void run() {
    state.moveTo(ConnectionState.CONNECTING, "connecting");
    try {
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
      open = endpoint.connect("redis-fanout-publish", config.readTimeout());
      connection = open;
      lastAnswerNanos = System.nanoTime();
      suspect = false;
      refusal = null; // the permissions may have changed
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
      batch.add(0, first); // even if the window is full
    }
    if (!batch.isEmpty()) {
      send(open, batch);
    } else if (messagesWait) {
      buffer.pause(WINDOW_PAUSE_NANOS);
    }
  }

  /** Sends a probe before all waiting messages; replaces one that was not sent yet. */
  void sendFirst(Outgoing message, PublishCallback callback) {
    probe.set(new QueuedPublish(message, callback, 0)); // the deadline is not used
    buffer.wake();
  }

  private static void ping(OneConnection open) {
    open.sendCommand(Command.PING);
    try {
      open.getOne();
    } catch (JedisDataException e) {
      // Redis answered, so it is there: the user may only publish, or a script runs.
    }
  }

  private static CommandArguments publish(Outgoing message) {
    Rawable bytes = message::bytes; // Jedis would copy a byte array
    return new CommandArguments(Command.PUBLISH).add(message.channel()).add(bytes);
  }

  private void send(OneConnection open, List<QueuedPublish> batch) {
    busySinceNanos = System.nanoTime();
    List<QueuedPublish> written = new ArrayList<>(batch.size());
    int next = 0;
    try {
      while (next < batch.size()) {
        QueuedPublish waiting = batch.get(next++);
        if (waiting.claim()) {
          written.add(waiting);
          open.sendCommand(publish(waiting.message()));
        }
      }
    } catch (Throwable e) {
      buffer.putBack(batch.subList(next, batch.size()));
      written.forEach(waiting -> waiting.fail(PublishFailure.UNKNOWN, e));
      throw e;
    }
    readAnswers(open, written);
    window.sent(written.stream().mapToLong(QueuedPublish::bytes).sum());
    if (written.isEmpty()) {
      busySinceNanos = 0; // there was no answer either
    } else {
      answered();
    }
  }

  private void readAnswers(OneConnection open, List<QueuedPublish> written) {
    for (int i = 0; i < written.size(); i++) {
      QueuedPublish waiting = written.get(i);
      try {
        Object answer = open.getOne();
        refusal = waiting.equals(probeUnderWay) ? null : refusal;
        waiting.published(PublishAnswer.ofNodes(answer instanceof Long nodes ? nodes : 0));
      } catch (JedisDataException e) {
        // Redis refused it: the connection is fine.
        refusal = waiting.equals(probeUnderWay) ? Failures.inWords(e) : refusal;
        waiting.fail(PublishFailure.REJECTED, e);
      } catch (Throwable e) {
        written.subList(i, written.size()).forEach(rest -> rest.fail(PublishFailure.UNKNOWN, e));
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
    if (silent > config.readTimeout().toNanos()) {
      cut();
    } else if (!interval.isZero() && silent > interval.toNanos()) {
      state.moveTo(ConnectionState.DOWN, "Redis has not answered a publish for " + interval);
    }
  }

  /** Tests the connection now, because the other direction is down. */
  void suspect() {
    suspect = true;
    buffer.wake();
  }

  /** Ends the connection at once, from any thread. */
  void cut() {
    OneConnection open = connection;
    if (open != null) {
      open.cut();
    }
  }
}
