package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.Incoming;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.Connection;

/**
 * One receiving connection, from its SUBSCRIBE to its end.
 *
 * <p>Callbacks come on the receiving thread; {@link #write} is called by the command thread only,
 * after the first confirmation; {@link #disconnect} by any thread.
 */
final class Subscription extends BinaryJedisPubSub {
  private record Expected(Channels.Command command, Instant sentAt) {}

  private final Connection connection;
  private final ReceiveLoop loop;
  private final Clock clock;

  // Redis confirms SUBSCRIBEs in the order they were sent.
  private final Queue<Expected> expected = new ConcurrentLinkedQueue<>();

  private volatile boolean confirmed;
  private volatile long lastSentNanos;
  private volatile @Nullable Throwable writeFailure; // null unless a write failed

  // Confined to the receiving thread.
  private List<Channels.Command> initial = List.of();
  private int unconfirmed; // of the initial ones
  private @Nullable Instant heardUntil; // null before the first confirmation
  private byte[] lastChannelBytes = {};
  private String lastChannel = "";

  Subscription(Connection connection, ReceiveLoop loop, Clock clock) {
    this.connection = connection;
    this.loop = loop;
    this.clock = clock;
  }

  /** Subscribes and reads until the connection is lost; then throws, or returns. */
  void receive(List<Channels.Command> wanted) {
    initial = wanted;
    unconfirmed = wanted.size();
    Instant sentAt = clock.instant();
    lastSentNanos = System.nanoTime();
    for (Channels.Command command : wanted) {
      expected.add(new Expected(command, sentAt));
    }
    proceed(
        connection,
        wanted.stream().map(command -> bytes(command.channel())).toArray(byte[][]::new));
  }

  boolean isConfirmed() {
    return confirmed;
  }

  /** When the last confirmed SUBSCRIBE was sent. */
  @Nullable Instant heardUntil() {
    return heardUntil;
  }

  @Nullable Throwable writeFailure() {
    return writeFailure;
  }

  long nanosToHeartbeat(Duration interval) {
    return lastSentNanos + interval.toNanos() - System.nanoTime();
  }

  void write(Channels.Command command) {
    try {
      if (command.subscribe()) {
        lastSentNanos = System.nanoTime();
        expected.add(new Expected(command, clock.instant()));
        subscribe(bytes(command.channel()));
      } else {
        unsubscribe(bytes(command.channel()));
      }
    } catch (RuntimeException | Error e) {
      writeFailure = e;
      disconnect(); // ends the receiving thread's read
    }
  }

  void disconnect() {
    Failures.disconnect(connection);
  }

  @Override
  public void onSubscribe(byte[] channelBytes, int count) {
    String channel = channel(channelBytes);
    Expected confirmation = expected.poll();
    if (confirmation == null || !confirmation.command().channel().equals(channel)) {
      throw new IllegalStateException("Redis confirmed a channel that was not asked for");
    }
    heardUntil = confirmation.sentAt();
    if (confirmed) {
      loop.onConfirmed(confirmation.command());
    } else if (--unconfirmed == 0) {
      confirmed = true;
      loop.onSubscribed(initial);
    }
  }

  @Override
  public void onUnsubscribe(byte[] channelBytes, int count) {
    loop.onUnsubscribed(channel(channelBytes));
  }

  @Override
  public void onMessage(byte[] channelBytes, byte[] message) {
    loop.onMessage(new Incoming(channel(channelBytes), message));
  }

  // Nearly always the same channel as before: then no new String is made.
  private String channel(byte[] channelBytes) {
    if (!Arrays.equals(channelBytes, lastChannelBytes)) {
      lastChannelBytes = channelBytes;
      lastChannel = new String(channelBytes, StandardCharsets.UTF_8);
    }
    return lastChannel;
  }

  private static byte[] bytes(String channel) {
    return channel.getBytes(StandardCharsets.UTF_8);
  }
}
