package io.github.redisfanout.backplane.redis;

import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The two probes of one receiving connection: one on the node's publishing connection, and now and
 * then one on a connection that was just opened, so that two old connections to the wrong server do
 * not prove each other. Thread-safe.
 */
final class Probes {
  /** A fresh connection is opened for each of this many intervals. */
  static final int FRESH_EVERY = 3;

  private final String channel;
  private final Duration interval;
  private final Probe regular;
  private final Probe fresh;
  private final Runnable askRole;
  private volatile boolean counted; // whether Redis has counted this connection for a probe
  private boolean asked; // confined to the timer: the role was asked since it was counted

  /**
   * Sends nothing before {@link #begin}.
   *
   * @param publishFresh publishes on a new connection; null: there is none
   * @param askRole asks for the role on the receiving connection, which nothing else shows
   */
  Probes(
      String firstChannel,
      Duration interval,
      Clock clock,
      BiConsumer<Outgoing, PublishCallback> publish,
      @Nullable BiConsumer<Outgoing, PublishCallback> publishFresh,
      Runnable requestHeartbeat,
      Runnable askRole) {
    String random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    channel = firstChannel + ":probe:" + random;
    this.interval = interval;
    this.askRole = askRole;
    regular = new Probe(channel, "", interval, interval, clock, publish, requestHeartbeat);
    fresh =
        publishFresh == null
            ? new Probe(
                channel, "f", Duration.ZERO, Duration.ZERO, clock, publish, requestHeartbeat)
            : new Probe(
                channel,
                "f",
                interval,
                interval.multipliedBy(FRESH_EVERY),
                clock,
                publishFresh,
                requestHeartbeat);
  }

  boolean areWanted() {
    return regular.isWanted();
  }

  String channel() {
    return channel;
  }

  Probe regular() {
    return regular;
  }

  Probe fresh() {
    return fresh;
  }

  /** Sends the first probe; called when the channel is subscribed. */
  void begin() {
    regular.begin(Duration.ZERO);
    fresh.begin(interval.multipliedBy(FRESH_EVERY));
  }

  void end() {
    regular.end();
    fresh.end();
  }

  /** Whether Redis has ever counted this connection for a probe. */
  boolean wasCounted() {
    return counted;
  }

  /** When the last probe on a fresh connection was sent that came back; null if none was. */
  @Nullable Instant freshUntil() {
    return fresh.proof().receivedUntil().orElse(null);
  }

  /** Why this may be the wrong server; null if a new connection has proved it, or none may. */
  @Nullable String doubt() {
    String overdue = fresh.overdue();
    return overdue == null ? null : "no new connection to Redis proves this server: " + overdue;
  }

  /** Sends probes; returns why the connection is to be given up, or null. Called by a timer. */
  @Nullable Loss tick(long nowNanos, long reads) {
    boolean dead = regular.tick(nowNanos, reads);
    boolean wrong = fresh.isWanted() && fresh.tick(nowNanos, reads);
    long nodes = regular.nodes();
    if (nodes > 0) {
      counted = true;
      asked = false;
    } else if (nodes == 0 && !asked) {
      asked = true;
      askRole.run();
    }
    return loss(dead, wrong);
  }

  /** Called when a heartbeat is answered; returns why the connection is dead, or null. */
  @Nullable Loss deadAfter(Probe.Mark mark, Probe.Mark freshMark) {
    return loss(regular.isDeadAfter(mark), fresh.isDeadAfter(freshMark));
  }

  private @Nullable Loss loss(boolean dead, boolean wrong) {
    if (dead) {
      return new Loss(Gap.Cause.DEAD_SUBSCRIPTION, String.valueOf(regular.death()));
    }
    if (wrong) {
      return new Loss(
          Gap.Cause.MOVED,
          "a new connection leads to another server: " + String.valueOf(fresh.death()));
    }
    return null;
  }
}
