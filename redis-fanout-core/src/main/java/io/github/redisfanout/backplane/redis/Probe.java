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
 * <p>A probe is published to a channel that only this connection subscribes to. Once Redis has
 * taken it, a heartbeat is written on the receiving connection. If the heartbeat's answer comes
 * without the probe, the subscription is dead. This needs no clock, so a pause of the process or a
 * long queue is never mistaken for a dead subscription.
 *
 * <p>One probe is under way at a time. Thread-safe.
 */
final class Probe {
  /** The most time counted between two ticks, because the process may have been stopped. */
  private static final long MAX_TICK_NANOS = Duration.ofMillis(100).toNanos();

  private final String channel;
  private final Duration interval;
  private final Clock clock;
  private final BiConsumer<Outgoing, PublishCallback> publish;
  private final Runnable requestHeartbeat;

  private volatile long taken; // the number of the last probe that Redis took
  private volatile long returned; // the number of the last probe that came back
  private volatile boolean forbidden; // whether the user lacked the permission for the last probe
  private volatile Proof proof;
  private volatile @Nullable String death; // why the subscription is dead; null while it is not

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

  /** {@code publish} and {@code requestHeartbeat} must not block. */
  Probe(
      String firstChannel,
      Duration interval,
      Clock clock,
      BiConsumer<Outgoing, PublishCallback> publish,
      Runnable requestHeartbeat) {
    String random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    channel = firstChannel + ":probe:" + random;
    this.interval = interval;
    this.clock = clock;
    this.publish = publish;
    this.requestHeartbeat = requestHeartbeat;
    proof = new Proof(interval, Optional.empty(), Optional.empty());
  }

  boolean isWanted() {
    return !interval.isZero();
  }

  String channel() {
    return channel;
  }

  Proof proof() {
    return proof;
  }

  /** Whether a probe can come back: it is wanted and permitted. */
  boolean isProvable() {
    return isWanted() && !forbidden;
  }

  /** Why the subscription is dead although its connection is open; null if it is not dead. */
  @Nullable String death() {
    return death;
  }

  /** The number of the last probe that Redis took. */
  long taken() {
    return taken;
  }

  /**
   * Called when a heartbeat is answered that was written after Redis took this probe.
   *
   * @return true if the probe has not come back, so that the subscription is dead
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

  /** Sends the first probe; called when the channel is subscribed. */
  synchronized void begin() {
    sending = isWanted();
    dueNanos = System.nanoTime();
    sendIfDue(dueNanos);
  }

  /** Ends probing; called when the connection has ended. */
  synchronized void end() {
    sending = false;
  }

  /**
   * Sends the next probe if it is due; called by a timer.
   *
   * @param reads how often the connection has been read
   * @return true if the subscription is dead: Redis took a probe and nothing came for an interval
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

  // Publishes under the monitor, so that it cannot replace a probe of the next connection.
  private synchronized void sendIfDue(long nowNanos) {
    if (sending && !underWay && nowNanos - dueNanos >= 0) {
      underWay = true;
      byte[] bytes = Long.toString(++number).getBytes(StandardCharsets.US_ASCII);
      publish.accept(new Outgoing(channel, bytes), new Sent(number));
    }
  }

  /** Takes a message of the channel; returns when it was written, or null if it is foreign. */
  synchronized @Nullable Instant onMessage(byte[] message) {
    Instant written = writtenAt;
    String text = new String(message, StandardCharsets.US_ASCII);
    if (!underWay || written == null || !Long.toString(number).equals(text)) {
      return null;
    }
    returned = number;
    forbidden = false;
    Duration roundTrip = Duration.ofNanos(System.nanoTime() - writtenNanos);
    proof = new Proof(interval, Optional.of(written), Optional.of(roundTrip));
    next(writtenNanos + interval.toNanos());
    return written;
  }

  @GuardedBy("this")
  private void next(long nanos) {
    underWay = false;
    dueNanos = nanos;
  }

  /** One probe on its way to Redis. */
  private final class Sent implements PublishCallback {
    private final long sent;

    Sent(long sent) {
      this.sent = sent;
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
          return; // it came back, and the next one is under way
        }
        long now = System.nanoTime();
        next(failure == PublishFailure.REJECTED ? now + interval.toNanos() : now);
      }
    }
  }
}
