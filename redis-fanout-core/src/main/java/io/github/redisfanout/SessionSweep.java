package io.github.redisfanout;

import static io.github.redisfanout.internal.Log.log;

import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.internal.RateLimit;
import io.github.redisfanout.internal.Threads;
import io.github.redisfanout.internal.Warnings;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Checks write deadlines, pings, silent clients and overloaded lanes by a timer. Thread-safe. */
final class SessionSweep {
  private static final int PINGING_THREADS = 2;

  private final FanoutConfig config;
  private final Lanes lanes;
  private final Counters counters;
  private final Notifier notifier;
  private final GapNotice gapNotice;
  private final LaneWatch laneWatch;
  private final RateLimit overloads = new RateLimit(Duration.ofSeconds(10));
  private final Warnings pingFailures = new Warnings();

  // Pinging may block on a stuck client.
  private final ThreadPoolExecutor pingers = Threads.pool("ping", PINGING_THREADS);
  private final PoolWatch pinging = new PoolWatch(pingers, "Transport.ping");
  private final PoolWatch closing;

  SessionSweep(
      FanoutConfig config,
      Lanes lanes,
      Counters counters,
      Notifier notifier,
      GapNotice gapNotice,
      PoolWatch closing) {
    this.config = config;
    this.lanes = lanes;
    this.counters = counters;
    this.notifier = notifier;
    this.gapNotice = gapNotice;
    this.closing = closing;
    laneWatch = new LaneWatch(config, lanes, counters);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is scheduled throws nothing
  void start(ScheduledExecutorService timer) {
    long shortest = Math.min(config.writeTimeout().toMillis(), config.pingInterval().toMillis());
    long tick = Math.max(1, Math.min(1_000, shortest / 10));
    timer.scheduleWithFixedDelay(this::sweep, tick, tick, TimeUnit.MILLISECONDS);
    timer.scheduleWithFixedDelay(this::reportOverloads, 1, 1, TimeUnit.SECONDS);
    timer.scheduleWithFixedDelay(this::turnHighWaters, 1, 1, TimeUnit.MINUTES);
  }

  private void turnHighWaters() {
    counters.queueMessages.turn();
    counters.laneBytes.turn();
    for (Lane lane : lanes.all()) {
      // A full lane takes nothing, so it notes nothing.
      counters.laneBytes.note(lane.thread().waitingBytes());
    }
  }

  private void sweep() {
    long now = System.nanoTime();
    watchCalls(now);
    long writeTimeout = config.writeTimeout().toNanos();
    long ping = config.pingInterval().toNanos();
    long silence = config.silenceLimit().toNanos();
    lanes.forEachSession(
        session -> {
          try {
            if (session.sweep(now, writeTimeout, ping, silence)) {
              pingers.execute(() -> ping(session));
            }
          } catch (Throwable e) {
            // An exception would end the timer, and with it every deadline.
            log.error("Checking the deadlines of {} failed", session, e);
          }
        });
    counters.closing.count(); // forgets those that are gone
  }

  private void watchCalls(long now) {
    try {
      laneWatch.check(now);
      closing.check(now);
      pinging.check(now);
    } catch (Throwable e) {
      log.error("Checking for blocked calls failed", e); // it would end the timer
    }
  }

  /** A description of what is stuck in transports, or of a lane that is filling; null if none. */
  @Nullable String trouble() {
    String lane = lanes.trouble();
    String close = lane == null ? closing.trouble() : lane;
    return close == null ? pinging.trouble() : close;
  }

  private void ping(FanoutSession session) {
    try {
      session.ping();
    } catch (Exception | Error e) {
      counters.userCodeFailures.increment();
      pingFailures.warn("{} threw when it pinged", session.transport().getClass().getName(), e);
    }
  }

  /** Reports which lanes refused messages; called once a second. */
  void reportOverloads() {
    for (Lane lane : lanes.all()) {
      Gap gap = lane.thread().takeOverload();
      if (gap != null) {
        counters.gap(gap);
        if (overloads.allows()) {
          log.warn("Lane overloaded: messages dropped from {} to {}", gap.from(), gap.until());
        }
        notifier.report(listener -> listener.onGap(gap));
        gapNotice.sendTo(lane);
      }
    }
  }

  /** Ends pinging; the owner closes the timer. */
  void close() {
    pingers.shutdownNow();
  }

  /** Waits for pings that are under way. */
  void awaitEnd(Duration limit) {
    Threads.awaitTermination(pingers, limit);
  }
}
