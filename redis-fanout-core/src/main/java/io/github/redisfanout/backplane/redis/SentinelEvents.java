package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.internal.Log.log;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.redisfanout.internal.Threads;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * The subscription to one sentinel's {@code +switch-master}, dialled again whenever it is lost.
 *
 * <p>An event only says that it is time to look. Events may be missed; there is a poll beside them.
 * Its own thread reads; {@link #heartbeat} writes and is called by one thread at a time; {@link
 * #close} by any.
 */
final class SentinelEvents {
  private static final byte[] CHANNEL = "+switch-master".getBytes(UTF_8);

  private final String sentinel;
  private final String masterName;
  private final Supplier<OneConnection> dial;
  private final Runnable onEvent;
  private final HeldConnection subscribed = new HeldConnection();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread = Threads.daemons("sentinel-events").newThread(this::run);

  // Confined to the reading thread.
  private final Backoff backoff = new Backoff();
  private boolean refused;

  /** {@code dial} opens a connection whose read timeout is longer than between two heartbeats. */
  SentinelEvents(
      String sentinel, String masterName, Supplier<OneConnection> dial, Runnable onEvent) {
    this.sentinel = sentinel;
    this.masterName = masterName;
    this.dial = dial;
    this.onEvent = onEvent;
  }

  void start() {
    thread.start();
  }

  private void run() {
    while (closed.getCount() > 0) {
      try {
        receive();
      } catch (JedisDataException e) {
        warnOnce(e);
      } catch (Throwable e) {
        // The look-up reports why a sentinel does not answer.
      }
      pause(backoff.nextNanos());
    }
  }

  private void receive() {
    OneConnection connection = dial.get();
    try {
      subscribe(connection);
      subscribed.hold(connection); // from now on heartbeats write to it
      boolean confirmed = false;
      while (connection.getUnflushedObject() instanceof List<?> parts && parts.size() == 3) {
        if (parts.get(2) instanceof byte[] event) {
          if (isOf(masterName, event)) {
            onEvent.run();
          }
        } else if (confirmed) {
          backoff.reset(); // it lasts
        } else {
          confirmed = true;
          refused = false;
          onEvent.run(); // one may have been missed before
        }
      }
    } finally {
      subscribed.drop();
      connection.cut();
    }
  }

  /** Whether an event is of this master: it begins with the name. */
  static boolean isOf(String masterName, byte[] event) {
    return new String(event, UTF_8).startsWith(masterName + " ");
  }

  private static void subscribe(OneConnection connection) {
    connection.sendCommand(Command.SUBSCRIBE, CHANNEL);
    connection.getMany(0); // flushes
  }

  private void warnOnce(JedisDataException e) {
    String words = Failures.inWords(e);
    // The look-up reports a refused login.
    if (!refused && words.startsWith("NOPERM")) {
      refused = true;
      log.warn(
          "Sentinel {} refuses its events, so that a new master is found later: {}",
          sentinel,
          words);
    }
  }

  private void pause(long nanos) {
    try {
      closed.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      // Only close ends this thread.
    }
  }

  /** Subscribes again, so that there is an answer to read before the read timeout. */
  void heartbeat() {
    OneConnection connection = subscribed.current();
    if (connection != null) {
      try {
        subscribe(connection);
      } catch (RuntimeException e) {
        subscribed.drop(); // ends the reading thread's read
      }
    }
  }

  void close() {
    closed.countDown();
    subscribed.close();
  }

  /** Waits for its thread's end. */
  void join(Duration limit) {
    Threads.join(thread, limit);
  }
}
