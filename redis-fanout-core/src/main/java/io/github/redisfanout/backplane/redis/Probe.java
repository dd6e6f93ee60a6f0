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
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether one receiving connection receives what is published on one way to Redis: on the
 * node's publishing connection, or on one that was just opened.
 *
 * <p>A probe is published to a channel that only this connection subscribes to. Once Redis has
 * taken it, a heartbeat is written on the receiving connection. If the heartbeat's answer comes
 * first, the probe is late: another one is sent at once. If neither has come back after half an
 * interval and another heartbeat, the subscription is dead. A heartbeat is answered behind
 * everything that was received before it, so a pause of the process or a long queue is never
 * mistaken for a dead subscription.
 *
 * <p>Thread-safe.
 */
final class Probe {
  /** The most time counted between two ticks, because the process may have been stopped. */
  private static final long MAX_TICK_NANOS = Duration.ofMillis(100).toNanos();

  /**
   * What was known when a heartbeat was written.
   *
   * @param taken the last probe that Redis had taken
   * @param last whether a missing probe has had all its time
   */
  record Mark(long taken, boolean last) {
    static final Mark NONE = new Mark(0, false);
  }

  /** A probe that has not come back. */
  private record Attempt(long number, Instant writtenAt, long writtenNanos) {}

  private final String channel;
  private final String prefix;
  private final Duration interval;
  private final Duration period;
  private final Clock clock;
  private final BiConsumer<Outgoing, PublishCallback> publish;
  private final Runnable requestHeartbeat;

  private volatile long taken; // the number of the last probe that Redis took
  private volatile long nodes = -1; // how many Redis counted for it; -1 before the first one
  private volatile long returned; // the number of the last probe that came back
  private volatile boolean forbidden; // whether the user lacked the permission for the last probe
  private volatile Proof proof;
  private volatile long provedNanos = System.nanoTime(); // when the last one came back, or creation
  private volatile @Nullable String lastFailure; // of the last one that failed since then; or null
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
  private final ArrayDeque<Attempt> attempts = new ArrayDeque<>();

  @GuardedBy("this")
  private long late; // the first probe that was late and has not come back; 0 if there is none

  @GuardedBy("this")
  private long lateNanos; // for how long

  @GuardedBy("this")
  private Mark asked = Mark.NONE; // when the last heartbeat was requested

  // Confined to the timer.
  private long readsBefore;
  private long tickedNanos;
  private long silentNanos;

  /**
   * Sends nothing before {@link #begin}.
   *
   * @param prefix of the probes' texts; distinguishes two kinds of probes on one channel
   * @param interval how long nothing may come back; zero if there are no probes
   * @param period how often a probe is sent
   * @param publish must not block, as {@code requestHeartbeat}
   */
  Probe(
      String channel,
      String prefix,
      Duration interval,
      Duration period,
      Clock clock,
      BiConsumer<Outgoing, PublishCallback> publish,
      Runnable requestHeartbeat) {
    this.channel = channel;
    this.prefix = prefix;
    this.interval = interval;
    this.period = period;
    this.clock = clock;
    this.publish = publish;
    this.requestHeartbeat = requestHeartbeat;
    proof = new Proof(interval, Optional.empty(), Optional.empty());
  }

  boolean isWanted() {
    return !interval.isZero();
  }

  Proof proof() {
    return proof;
  }

  /** Whether a probe can come back: it is wanted and permitted. */
  boolean isProvable() {
    return isWanted() && !forbidden;
  }

  /** Why no probe has come back for two periods; null if one has, or none can. */
  @Nullable String overdue() {
    long limit = period.multipliedBy(2).plus(interval).toNanos();
    if (!isProvable() || System.nanoTime() - provedNanos < limit) {
      return null;
    }
    String why = lastFailure;
    return why == null ? "no answer" : why;
  }

  /** Why the subscription is dead although its connection is open; null if it is not dead. */
  @Nullable String death() {
    return death;
  }

  /**
   * How many subscribers Redis counted for the last probe that it took; this connection is one. -1
   * before the first one.
   */
  long nodes() {
    return nodes;
  }

  /** To be kept with a heartbeat that is written now. */
  synchronized Mark mark() {
    boolean last = late > 0 && taken > late && lateNanos >= interval.toNanos() / 2;
    return new Mark(taken, last);
  }

  /**
   * Called when a heartbeat is answered.
   *
   * @param mark what was known when it was written
   * @return true if the subscription is dead
   */
  synchronized boolean isDeadAfter(Mark mark) {
    if (returned >= mark.taken) {
      return false;
    }
    if (mark.last && late > 0) {
      death = "Redis took two probes, which did not come back";
      return true;
    }
    if (late == 0) {
      late = mark.taken;
      lateNanos = 0;
      underWay = false;
      dueNanos = System.nanoTime(); // the next tick sends another one
    }
    return false;
  }

  private boolean isMissing() {
    return returned < taken;
  }

  /** Sends the first probe; called when the channel is subscribed. */
  synchronized void begin(Duration delay) {
    sending = isWanted();
    dueNanos = System.nanoTime() + delay.toNanos();
    sendIfDue(System.nanoTime());
  }

  /** Sends the next probe now, unless one is under way. */
  synchronized void hurry() {
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
    long passed = Math.min(nowNanos - tickedNanos, MAX_TICK_NANOS);
    tickedNanos = nowNanos;
    boolean silent = isMissing() && reads == readsBefore;
    silentNanos = silent ? silentNanos + passed : 0;
    readsBefore = reads;
    if (sendAndAsk(nowNanos, passed)) {
      requestHeartbeat.run();
    }
    if (silentNanos <= interval.toNanos() || death != null) {
      return false;
    }
    death = "Redis took a probe, and nothing has come since";
    return true;
  }

  /** Returns whether a heartbeat is needed: one for each probe that is missing, and a last one. */
  private synchronized boolean sendAndAsk(long nowNanos, long passed) {
    sendIfDue(nowNanos);
    lateNanos += late > 0 ? passed : 0;
    Mark now = mark();
    boolean ask = isMissing() && (now.last ? !asked.last : late == 0 && now.taken > asked.taken);
    asked = ask ? now : asked;
    return ask;
  }

  // Publishes under the monitor, so that it cannot replace a probe of the next connection.
  @GuardedBy("this")
  private void sendIfDue(long nowNanos) {
    if (sending && !underWay && nowNanos - dueNanos >= 0) {
      underWay = true;
      number++;
      byte[] bytes = (prefix + number).getBytes(StandardCharsets.US_ASCII);
      publish.accept(new Outgoing(channel, bytes), new Sent(number));
    }
  }

  /** Takes a message of the channel; returns when it was written, or null if it is foreign. */
  synchronized @Nullable Instant onMessage(String text) {
    Attempt attempt = null;
    for (Attempt each : attempts) {
      attempt = text.equals(prefix + each.number) ? each : attempt;
    }
    if (attempt == null) {
      return null;
    }
    long back = attempt.number;
    attempts.removeIf(each -> each.number <= back);
    returned = back;
    late = 0;
    asked = new Mark(asked.taken, false);
    forbidden = false;
    lastFailure = null;
    provedNanos = System.nanoTime();
    Duration roundTrip = Duration.ofNanos(System.nanoTime() - attempt.writtenNanos);
    proof = new Proof(interval, Optional.of(attempt.writtenAt), Optional.of(roundTrip));
    if (back == number) {
      next(attempt.writtenNanos + period.toNanos());
    }
    return attempt.writtenAt;
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
        if (sending) {
          attempts.add(new Attempt(sent, clock.instant(), System.nanoTime()));
        }
        return sending;
      }
    }

    @Override
    public void published(PublishAnswer answer) {
      forbidden = false;
      nodes = answer.nodes();
      taken = sent;
    }

    @Override
    public void failed(PublishFailure failure, Throwable cause) {
      String why = Failures.inWords(cause);
      forbidden = why.startsWith("NOPERM");
      lastFailure = why;
      synchronized (Probe.this) {
        attempts.removeIf(attempt -> attempt.number == sent);
        if (sent != number || returned >= sent) {
          return; // it came back, or the next one is under way
        }
        long now = System.nanoTime();
        boolean refused = failure == PublishFailure.REJECTED;
        next(now + (refused ? period : period.minus(interval)).toNanos());
      }
    }
  }
}
