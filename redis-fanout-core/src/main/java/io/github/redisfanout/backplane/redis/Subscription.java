package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.Incoming;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * One receiving connection, from its SUBSCRIBE to its end. Callbacks come on the receiving thread;
 * {@link #write} is called by the command thread only, after the first confirmation; {@link
 * #disconnect} by any thread.
 */
final class Subscription extends BinaryJedisPubSub implements Channels.Target {
  /**
   * A SUBSCRIBE to be confirmed; what Redis had taken when it was written: the position of the send
   * window, and the number of the last probe.
   */
  private record Expected(Channels.Command command, Instant sentAt, long position, long probe) {}

  private final OneConnection connection;
  private final ReceiveLoop loop;
  private final SendWindow window;
  private final Probe probe;
  private final Clock clock;

  // In the order in which they are sent and confirmed.
  private final Queue<Expected> expected = new ConcurrentLinkedQueue<>();

  private volatile boolean confirmed;
  private volatile long lastSentNanos;
  private volatile @Nullable Throwable writeFailure; // null unless a write failed
  private final AtomicLong reads = new AtomicLong(); // written by the receiving thread only

  // Confined to the receiving thread.
  private List<Channels.Command> initial = List.of();
  private int unconfirmed; // of the initial ones
  // When the last probe or heartbeat that came back was sent; null before the first one. Not the
  // latest instant: the clock may be set back.
  private @Nullable Instant receivedUntil;
  private List<Incoming> burst = new ArrayList<>(); // read and not yet delivered
  private byte[] lastChannelBytes = {};
  private String lastChannel = "";

  Subscription(
      OneConnection connection, ReceiveLoop loop, SendWindow window, Probe probe, Clock clock) {
    this.connection = connection;
    this.loop = loop;
    this.window = window;
    this.probe = probe;
    this.clock = clock;
    connection.beforeReading(
        () -> {
          reads.lazySet(reads.get() + 1);
          flushBurst();
        });
  }

  /** Delivers the messages read so far; called before waiting for more. */
  private void flushBurst() {
    if (!burst.isEmpty()) {
      List<Incoming> read = burst;
      burst = new ArrayList<>(read.size());
      loop.onMessages(read);
    }
  }

  /** Subscribes and reads until the connection is lost; then throws or returns. */
  void receive(List<Channels.Command> wanted) {
    initial = wanted;
    List<Channels.Command> all = new ArrayList<>(wanted);
    if (probe.isWanted()) {
      all.add(new Channels.Command(true, probe.channel()));
    }
    unconfirmed = all.size();
    Instant sentAt = clock.instant();
    long position = window.position();
    lastSentNanos = System.nanoTime();
    for (Channels.Command command : all) {
      expected.add(new Expected(command, sentAt, position, 0));
    }
    try {
      proceed(connection, all.stream().map(each -> bytes(each.channel())).toArray(byte[][]::new));
    } finally {
      flushBurst();
    }
  }

  @Override
  public boolean isConfirmed() {
    return confirmed;
  }

  /** Messages published before this were received; null before the first confirmation. */
  @Nullable Instant receivedUntil() {
    return receivedUntil;
  }

  @Nullable Throwable writeFailure() {
    return writeFailure;
  }

  @Override
  public @Nullable String probeChannel() {
    return probe.isWanted() ? probe.channel() : null;
  }

  Proof proof() {
    return probe.proof();
  }

  /** Sends probes and finds a dead subscription; called by a timer. */
  void tick(long nowNanos) {
    if (probe.tick(nowNanos, reads.get())) {
      disconnect(); // ends the receiving thread's read
    }
  }

  @Override
  public long nanosToHeartbeat(Duration interval) {
    return lastSentNanos + interval.toNanos() - System.nanoTime();
  }

  @Override
  public void write(Channels.Command command) {
    try {
      if (command.subscribe()) {
        lastSentNanos = System.nanoTime();
        expected.add(new Expected(command, clock.instant(), window.position(), probe.taken()));
        subscribe(bytes(command.channel()));
      } else {
        unsubscribe(bytes(command.channel()));
      }
    } catch (Throwable e) {
      writeFailure = e;
      disconnect(); // ends the receiving thread's read
    }
  }

  @Override
  public void disconnect() {
    probe.end();
    connection.cut();
  }

  @Override
  public void onSubscribe(byte[] channelBytes, int count) {
    flushBurst(); // keeps the order of messages and answers
    String channel = channel(channelBytes);
    Expected confirmation = expected.poll();
    if (confirmation == null || !confirmation.command().channel().equals(channel)) {
      throw new IllegalStateException("Redis confirmed a channel that was not asked for");
    }
    if (confirmed) {
      if (probe.isDeadAfter(confirmation.probe())) {
        throw new JedisConnectionException(probe.death());
      }
      boolean provable = probe.isProvable();
      if (!provable) {
        receivedUntil = confirmation.sentAt(); // a probe would be a stronger sign
      }
      loop.onCheckpoint(() -> window.received(confirmation.position()));
      loop.onConfirmed(confirmation.command(), provable);
    } else if (--unconfirmed == 0) {
      receivedUntil = confirmation.sentAt();
      confirmed = true;
      window.beginReceiving(confirmation.position());
      loop.onSubscribed(initial);
      probe.begin();
    }
  }

  @Override
  public void onUnsubscribe(byte[] channelBytes, int count) {
    flushBurst();
    loop.onUnsubscribed(channel(channelBytes));
  }

  @Override
  public void onMessage(byte[] channelBytes, byte[] message) {
    String channel = channel(channelBytes);
    if (!channel.equals(probe.channel())) {
      burst.add(new Incoming(channel, message));
      return;
    }
    flushBurst();
    Instant written = probe.onMessage(message);
    if (written != null) {
      receivedUntil = written;
      loop.onProof();
    }
  }

  // Mostly the same channel as before: then no new String is made.
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
