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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * One receiving connection, from its SUBSCRIBE to its end.
 *
 * <p>Callbacks come on the receiving thread; {@link #write} is called by the command thread only,
 * after the first confirmation; {@link #disconnect} by any thread.
 */
final class Subscription extends BinaryJedisPubSub {
  /**
   * A SUBSCRIBE that Redis has to confirm, and what it had taken when it was written: so many bytes
   * of messages, and the probe of this number.
   */
  private record Expected(Channels.Command command, Instant sentAt, long position, long probe) {}

  private final OneConnection connection;
  private final ReceiveLoop loop;
  private final SendWindow window;
  private final Probe probe;
  private final Clock clock;

  // Redis confirms SUBSCRIBEs in the order they were sent.
  private final Queue<Expected> expected = new ConcurrentLinkedQueue<>();

  private volatile boolean confirmed;
  private volatile long lastSentNanos;
  private volatile @Nullable Throwable writeFailure; // null unless a write failed
  private volatile @Nullable String deafness; // in words; null unless found deaf
  private final AtomicLong reads = new AtomicLong(); // written by the receiving thread only

  // Confined to the receiving thread.
  private List<Channels.Command> initial = List.of();
  private int unconfirmed; // of the initial ones
  // When the last sign that came back was sent; null before the first one. Not the latest of the
  // instants: after the clock was set back that one would still be to come.
  private @Nullable Instant heardUntil;
  private List<Incoming> burst = new ArrayList<>(); // read, and not yet handed on
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
          handOn();
        });
  }

  /** Hands on what has been read; done before waiting for more, so nothing waits meanwhile. */
  private void handOn() {
    if (!burst.isEmpty()) {
      List<Incoming> read = burst;
      burst = new ArrayList<>(read.size());
      loop.onMessages(read);
    }
  }

  /** Subscribes and reads until the connection is lost; then throws, or returns. */
  void receive(List<Channels.Command> wanted) {
    initial = wanted;
    List<Channels.Command> all = new ArrayList<>(wanted);
    if (probe.isWanted()) {
      all.add(new Channels.Command(true, probe.channel(), new CompletableFuture<>()));
    }
    unconfirmed = all.size();
    Instant sentAt = clock.instant();
    long position = window.position();
    lastSentNanos = System.nanoTime();
    for (Channels.Command command : all) {
      expected.add(new Expected(command, sentAt, position, 0));
    }
    try {
      proceed(
          connection, all.stream().map(command -> bytes(command.channel())).toArray(byte[][]::new));
    } finally {
      handOn(); // read before an answer that ended it
    }
  }

  boolean isConfirmed() {
    return confirmed;
  }

  /** What was published before this was heard; null before the first confirmation. */
  @Nullable Instant heardUntil() {
    return heardUntil;
  }

  @Nullable Throwable writeFailure() {
    return writeFailure;
  }

  /** In words, why this connection hears nothing although it stands; null if it was not found. */
  @Nullable String deafness() {
    return deafness;
  }

  /** The channel that the application knows nothing of; null if there is none. */
  @Nullable String probeChannel() {
    return probe.isWanted() ? probe.channel() : null;
  }

  Proof proof() {
    return probe.proof();
  }

  /** Looks after the probe; called by a timer. */
  void tick(long nowNanos) {
    if (probe.tick(nowNanos, reads.get()) && deafness == null) {
      deafness = "Redis took a probe, and nothing has come since";
      disconnect(); // ends the receiving thread's read
    }
  }

  long nanosToHeartbeat(Duration interval) {
    return lastSentNanos + interval.toNanos() - System.nanoTime();
  }

  void write(Channels.Command command) {
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

  void disconnect() {
    probe.end();
    Failures.disconnect(connection);
  }

  @Override
  public void onSubscribe(byte[] channelBytes, int count) {
    handOn(); // what comes in band keeps its place
    String channel = channel(channelBytes);
    Expected confirmation = expected.poll();
    if (confirmation == null || !confirmation.command().channel().equals(channel)) {
      throw new IllegalStateException("Redis confirmed a channel that was not asked for");
    }
    if (confirmed) {
      if (probe.isMissing(confirmation.probe())) {
        deafness = "Redis took a probe, which did not come back";
        throw new JedisConnectionException(deafness);
      }
      boolean provable = probe.isWanted() && !probe.isForbidden();
      if (!provable) {
        heardUntil = confirmation.sentAt(); // otherwise too weak a sign: it may be another Redis
      }
      loop.onCheckpoint(() -> window.heard(confirmation.position()));
      loop.onConfirmed(confirmation.command(), provable);
    } else if (--unconfirmed == 0) {
      heardUntil = confirmation.sentAt();
      confirmed = true;
      window.beginHearing(confirmation.position());
      loop.onSubscribed(initial);
      probe.begin();
    }
  }

  @Override
  public void onUnsubscribe(byte[] channelBytes, int count) {
    handOn();
    loop.onUnsubscribed(channel(channelBytes));
  }

  @Override
  public void onMessage(byte[] channelBytes, byte[] message) {
    if (channel(channelBytes).equals(probe.channel())) {
      onProbe(message);
      return;
    }
    burst.add(new Incoming(channel(channelBytes), message));
  }

  private void onProbe(byte[] message) {
    handOn();
    Instant written = probe.onMessage(message);
    if (written != null) {
      heardUntil = written;
      loop.onProof();
    }
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
