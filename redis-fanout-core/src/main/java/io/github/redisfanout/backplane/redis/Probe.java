package io.github.redisfanout.backplane.redis;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether one receiving connection receives what this node publishes.
 *
 * <p>A probe goes out with what is published, to a channel that only this connection subscribes to.
 * Once Redis has taken it, a heartbeat follows on the receiving connection. Its answer comes behind
 * the probe; an answer without the probe shows a dead subscription: the two connections do not
 * meet. That needs no clock: neither a pause of this process nor a long queue looks like one.
 *
 * <p>One probe is under way at a time. Thread-safe.
 */
final class Probe {
  /** Counted at most between two ticks: a process that was stopped says nothing of the network. */
  private static final long MAX_TICK_NANOS = Duration.ofMillis(100).toNanos();

  private final String channel;
  private final Duration interval;
  private final Clock clock;
  private final BiConsumer<Outgoing, PublishCallback> publish;
  private final Runnable requestHeartbeat;

  private volatile long taken; // the number of the last probe that Redis took
  private volatile long returned; // the number of the last probe that came back
  private volatile boolean forbidden; // whether the last probe was refused for want of permission
  private volatile Proof proof;
  private volatile @Nullable String death; // in words; null while the subscription is not dead

  @GuardedBy("this")
  private boolean sending; // between begin and end

  @GuardedBy("this")
  private boolean underWay;

  @GuardedBy("this")
  private long number; // of the last probe that was sent

  @GuardedBy("this")
  private long dueNanos; // when to send the next one

  @GuardedBy("this")
  private long writtenNanos; // of the one under way

  @GuardedBy("this")
  private @Nullable Instant writtenAt; // null before the first one was written

  // Confined to the timer.
  private long readsBefore;
  private long tickedNanos;
  private long silentNanos;

  /** {@code requestHeartbeat} has one written soon, and does not block; nor does publishing. */
  Probe(
      String firstChannel,
      Duration interval,
      Clock clock,
      BiConsumer<Outgoing, PublishCallback> publish,
      Runnable requestHeartbeat) {
    channel =
        firstChannel
            + ":probe:"
            + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    this.interval = interval;
    this.clock = clock;
    this.publish = publish;
    this.requestHeartbeat = requestHeartbeat;
    proof = new Proof(interval, Optional.empty(), Optional.empty());
  }

  boolean isWanted() {
    return !interval.isZero();
  }

  /** Where it is received. */
  String channel() {
    return channel;
  }

  Proof proof() {
    return proof;
  }

  /** Whether one can come back; not if the user may not publish it. */
  boolean isProvable() {
    return isWanted() && !forbidden;
  }

  /** In words, why the subscription is dead although its connection stands; null if it is not. */
  @Nullable String death() {
    return death;
  }

  /** The number of the last probe that Redis took. */
  long taken() {
    return taken;
  }

  /**
   * A heartbeat was answered that was written after Redis took this probe; true if the probe has
   * not come back, so that the subscription is dead.
   */
  boolean isDeadAfter(long probe) {
    if (isMissing(probe)) {
      death = "Redis took a probe, which did not come back";
      return true;
    }
    return false;
  }

  private boolean isMissing(long probe) {
    return returned < probe;
  }

  /** The channel is subscribed: sends the first probe. */
  void begin() {
    if (isWanted()) {
      synchronized (this) {
        sending = true;
        dueNanos = System.nanoTime();
      }
      sendIfDue(System.nanoTime());
    }
  }

  /** The connection has ended; what comes now says nothing of the next one. */
  synchronized void end() {
    sending = false;
  }

  /**
   * Sends the next probe if it is time; called by a timer.
   *
   * @param reads how often something was read on the connection
   * @return true if the subscription is dead: Redis took a probe and the connection has been silent
   *     for an interval since
   */
  boolean tick(long nowNanos, long reads) {
    sendIfDue(nowNanos);
    boolean silent = isMissing(taken) && reads == readsBefore;
    silentNanos = silent ? silentNanos + Math.min(nowNanos - tickedNanos, MAX_TICK_NANOS) : 0;
    readsBefore = reads;
    tickedNanos = nowNanos;
    if (silentNanos <= interval.toNanos() || death != null) {
      return false;
    }
    death = "Redis took a probe, and nothing has come since";
    return true;
  }

  private void sendIfDue(long nowNanos) {
    // Inside the monitor, so that an ended probe is not sent in place of its successor's.
    synchronized (this) {
      if (sending && !underWay && nowNanos - dueNanos >= 0) {
        underWay = true;
        Sent probe = new Sent(++number);
        publish.accept(new Outgoing(channel, probe.bytes()), probe);
      }
    }
  }

  /** A message came on the channel; returns when it was written, or null if it is not ours. */
  @Nullable Instant onMessage(byte[] message) {
    synchronized (this) {
      Instant written = writtenAt;
      if (!underWay || written == null || !Long.toString(number).equals(text(message))) {
        return null;
      }
      returned = number;
      forbidden = false;
      Duration roundTrip = Duration.ofNanos(System.nanoTime() - writtenNanos);
      proof = new Proof(interval, Optional.of(written), Optional.of(roundTrip));
      next(writtenNanos + interval.toNanos());
      return written;
    }
  }

  @GuardedBy("this")
  private void next(long nanos) {
    underWay = false;
    dueNanos = nanos;
  }

  private static String text(byte[] message) {
    return new String(message, StandardCharsets.US_ASCII);
  }

  /** One probe on its way to Redis. */
  private final class Sent implements PublishCallback {
    private final long sent;

    Sent(long sent) {
      this.sent = sent;
    }

    byte[] bytes() {
      return Long.toString(sent).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public boolean claim() {
      synchronized (Probe.this) {
        writtenAt = clock.instant();
        writtenNanos = System.nanoTime();
        return sending;
      }
    }

    @Override
    public void published(PublishAnswer answer) {
      forbidden = false;
      taken = sent;
      if (isMissing(sent)) {
        requestHeartbeat.run();
      }
    }

    @Override
    public void failed(PublishFailure failure, Throwable cause) {
      forbidden = String.valueOf(cause.getMessage()).startsWith("NOPERM");
      synchronized (Probe.this) {
        if (sent != number) {
          return; // it had come back long ago, and the next one is under way
        }
        long now = System.nanoTime();
        next(failure == PublishFailure.REJECTED ? now + interval.toNanos() : now);
      }
    }
  }
}
