package io.github.redisfanout.backplane.redis;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.redis.AwaitedAnswers.Awaited;
import io.github.redisfanout.backplane.redis.SubscriberCommand.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * One receiving connection, from its SUBSCRIBE to its end. Callbacks come on the receiving thread;
 * {@link #write} is called by the command thread only, after the first command was answered; {@link
 * #disconnect} by any thread.
 */
final class Subscription implements Channels.Target {
  /** What Redis answers to ROLE on a subscribed connection that speaks RESP2. */
  private static final String NOT_IN_RESP2 = "ERR Can't execute";

  private final OneConnection connection;
  private final ReceiveLoop loop;
  private final SendWindow window;
  private final Probes probes;
  private final Clock clock;

  private final AwaitedAnswers awaited = new AwaitedAnswers();

  private volatile boolean writable; // by the command thread: the first command was answered
  private volatile boolean complete; // all channels that it began with are confirmed
  private volatile long heartbeatNanos; // when the next one is due
  private volatile @Nullable Throwable writeFailure; // null unless a write failed
  private final AtomicReference<@Nullable Loss> loss = new AtomicReference<>();
  private final AtomicLong reads = new AtomicLong(); // written by the receiving thread only

  // Confined to the receiving thread.
  private long subscribedChannels;
  // When the last probe or heartbeat that came back was sent; null before the first one. Not the
  // latest instant: the clock may be set back.
  private @Nullable Instant receivedUntil;
  private List<Incoming> burst = new ArrayList<>(); // read and not yet delivered
  private byte[] lastChannelBytes = {};
  private String lastChannel = "";

  Subscription(
      OneConnection connection, ReceiveLoop loop, SendWindow window, Probes probes, Clock clock) {
    this.connection = connection;
    this.loop = loop;
    this.window = window;
    this.probes = probes;
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

  /** Subscribes and reads until the connection is lost, and throws; returns without channels. */
  void receive(SubscriberCommand first) {
    awaited.add(
        new Awaited(first, clock.instant(), window.position(), Probe.Mark.NONE, Probe.Mark.NONE));
    connection.setTimeoutInfinite(); // our read timeout: the other one is for the login
    ReplyReader replies = connection.reader(loop.maxMessageBytes());
    connection.subscribe(bytes(first.channels()));
    try {
      do {
        read(replies);
      } while (subscribedChannels > 0);
    } finally {
      flushBurst();
    }
  }

  // Not by Jedis' own loop, which takes nothing but the answers to SUBSCRIBE and PING.
  private void read(ReplyReader replies) {
    Object reply;
    try {
      reply = replies.read();
    } catch (JedisDataException e) {
      refused(awaited.poll(), e);
      return;
    }
    if (!(reply instanceof List<?> words)) {
      flushBurst();
      awaited.poll(); // the answer to AUTH
      return;
    }
    String kind = words.get(0) instanceof byte[] bytes ? text(bytes) : "";
    switch (kind) {
      case "message" -> {
        if (words.get(2) instanceof ReplyReader.Skipped skipped) {
          onTooLarge((byte[]) words.get(1), skipped.bytes());
        } else {
          onMessage((byte[]) words.get(1), (byte[]) words.get(2));
        }
      }
      case "subscribe" -> {
        subscribedChannels = (Long) words.get(2);
        onSubscribe((byte[]) words.get(1));
      }
      case "unsubscribe" -> {
        subscribedChannels = (Long) words.get(2);
        onUnsubscribe((byte[]) words.get(1));
      }
      case "master", "slave", "sentinel" -> {
        awaited.poll();
        ServerRole.check(words, connection.toString());
      }
      default -> throw new JedisException("Redis sent what is no answer to a subscriber");
    }
  }

  private void refused(@Nullable Awaited command, JedisDataException e) {
    Kind kind = command == null ? Kind.SUBSCRIBE : command.command().kind();
    boolean isResp2 = String.valueOf(e.getMessage()).startsWith(NOT_IN_RESP2);
    if (kind == Kind.LOGIN && !isResp2) {
      loop.onLoginRefused(e); // the connection keeps the login it has
    } else if (kind != Kind.ROLE) {
      throw e;
    } else if (!isResp2) {
      loop.onRoleRefused(e);
    } else if (probes.wasCounted()) {
      giveUp(
          new Loss(Gap.Cause.DEAD_SUBSCRIPTION, "Redis no longer counts this node's subscriber"));
    }
  }

  @Override
  public boolean isWritable() {
    return writable;
  }

  /** Whether all channels that it began with are confirmed. */
  boolean isComplete() {
    return complete;
  }

  /** Messages published before this were received; null before it is complete. */
  @Nullable Instant receivedUntil() {
    return receivedUntil;
  }

  @Nullable Throwable writeFailure() {
    return writeFailure;
  }

  OneConnection connection() {
    return connection;
  }

  Probes probes() {
    return probes;
  }

  @Override
  public @Nullable String probeChannel() {
    return probes.areWanted() ? probes.channel() : null;
  }

  /** Sends probes and finds a dead subscription; called by a timer. */
  void tick(long nowNanos) {
    Loss dead = probes.tick(nowNanos, reads.get());
    if (dead != null) {
      giveUp(dead);
    }
  }

  /** Ends the connection for this reason; the first one counts. */
  void giveUp(Loss why) {
    loss.compareAndSet(null, why);
    disconnect(); // ends the receiving thread's read
  }

  /** Why this node gave the connection up; null if it did not. */
  @Nullable Loss loss() {
    return loss.get();
  }

  @Override
  public long nanosToHeartbeat() {
    return heartbeatNanos - System.nanoTime();
  }

  @Override
  public void write(SubscriberCommand command) {
    try {
      awaited.add(
          new Awaited(
              command,
              clock.instant(),
              window.position(),
              probes.regular().mark(),
              probes.fresh().mark()));
      switch (command.kind()) {
        case SUBSCRIBE, HEARTBEAT -> {
          postponeHeartbeat(loop.heartbeatInterval());
          connection.subscribe(bytes(command.channels()));
        }
        case UNSUBSCRIBE ->
            connection.sendNow(Protocol.Command.UNSUBSCRIBE, bytes(command.channels()));
        case ROLE -> connection.sendNow(Protocol.Command.ROLE);
        case LOGIN -> connection.sendNow(requireNonNull(command.login()).command());
      }
    } catch (Throwable e) {
      writeFailure = e;
      disconnect(); // ends the receiving thread's read
    }
  }

  private void postponeHeartbeat(Duration time) {
    heartbeatNanos = System.nanoTime() + time.toNanos();
  }

  @Override
  public void disconnect() {
    probes.end();
    connection.cut();
  }

  private void onSubscribe(byte[] channelBytes) {
    Awaited confirmation = awaited.answered(text(channelBytes));
    if (confirmation == null) {
      return; // there are more channels in this command
    }
    flushBurst(); // keeps the order of messages and answers
    if (complete) {
      onHeartbeat(confirmation);
    } else if (confirmation.command().completes()) {
      receivedUntil = confirmation.sentAt();
      postponeHeartbeat(loop.heartbeatInterval());
      complete = true;
      writable = true;
      window.beginReceiving(confirmation.position());
      loop.onSubscribed(confirmation.command());
      probes.begin();
    } else {
      writable = true;
      loop.onAnswered(confirmation.command());
    }
  }

  /** Each answer to a SUBSCRIBE proves as much as one to a heartbeat. */
  private void onHeartbeat(Awaited confirmation) {
    Loss dead = probes.deadAfter(confirmation.probe(), confirmation.freshProbe());
    if (dead != null) {
      giveUp(dead);
      throw new JedisConnectionException(dead.reason());
    }
    boolean provable = probes.regular().isProvable();
    if (!provable) {
      receivedUntil = confirmation.sentAt(); // a probe would be a stronger sign
    }
    loop.onCheckpoint(() -> window.received(confirmation.position()));
    loop.onConfirmed(confirmation.command(), provable);
  }

  private void onUnsubscribe(byte[] channelBytes) {
    Awaited left = awaited.answered(text(channelBytes));
    if (left != null) {
      flushBurst();
      loop.onAnswered(left.command());
    }
  }

  private void onMessage(byte[] channelBytes, byte[] message) {
    String channel = channel(channelBytes);
    if (!channel.equals(probes.channel())) {
      burst.add(new Incoming(channel, message));
      return;
    }
    flushBurst();
    String text = text(message);
    Instant written = probes.regular().onMessage(text);
    if (written != null) {
      receivedUntil = written;
      // It was read, so a heartbeat would prove no more; but not just when the next probe is due.
      postponeHeartbeat(loop.heartbeatInterval().multipliedBy(5).dividedBy(4));
      loop.onProof();
    }
    probes.fresh().onMessage(text);
  }

  private void onTooLarge(byte[] channelBytes, long bytes) {
    String channel = channel(channelBytes);
    if (!channel.equals(probes.channel())) {
      flushBurst(); // keeps the order
      loop.onTooLarge(channel, bytes);
    }
  }

  // Mostly the same channel as before: then no new String is made.
  private String channel(byte[] channelBytes) {
    if (!Arrays.equals(channelBytes, lastChannelBytes)) {
      lastChannelBytes = channelBytes;
      lastChannel = text(channelBytes);
    }
    return lastChannel;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte[][] bytes(List<String> channels) {
    return channels.stream()
        .map(channel -> channel.getBytes(StandardCharsets.UTF_8))
        .toArray(byte[][]::new);
  }
}
