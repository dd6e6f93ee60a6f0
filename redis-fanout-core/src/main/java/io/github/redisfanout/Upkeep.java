package io.github.redisfanout;

import io.github.redisfanout.backplane.Gap;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the open sessions from one timer: write deadlines, pings, silence; and tells of lanes
 * that are overloaded. Thread-safe.
 */
final class Upkeep {
  private static final Logger log = LoggerFactory.getLogger(RedisFanout.class);
  private static final int PINGING_THREADS = 2;

  private final FanoutConfig config;
  private final Set<FanoutSession> open; // a live view
  private final Lane[] lanes;
  private final Counters counters;
  private final Notifier notifier;
  private final GapNotice gapNotice;
  private final RateLimit warnings = new RateLimit(Duration.ofSeconds(10));

  // Pinging may block on a stuck client, so it has threads of its own.
  private final ThreadPoolExecutor pingers = Threads.pool("redis-fanout-ping", PINGING_THREADS);

  Upkeep(
      FanoutConfig config,
      Set<FanoutSession> open,
      Lane[] lanes,
      Counters counters,
      Notifier notifier,
      GapNotice gapNotice) {
    this.config = config;
    this.open = open;
    this.lanes = lanes;
    this.counters = counters;
    this.notifier = notifier;
    this.gapNotice = gapNotice;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is scheduled throws nothing
  void start(ScheduledExecutorService timer) {
    long shortest = Math.min(config.writeTimeout().toMillis(), config.pingInterval().toMillis());
    long tick = Math.max(1, Math.min(1_000, shortest / 10));
    timer.scheduleWithFixedDelay(this::sweep, tick, tick, TimeUnit.MILLISECONDS);
    timer.scheduleWithFixedDelay(this::tellOverloads, 1, 1, TimeUnit.SECONDS);
    timer.scheduleWithFixedDelay(this::turnHighWaters, 1, 1, TimeUnit.MINUTES);
  }

  private void turnHighWaters() {
    counters.queueMessages.turn();
    counters.laneBytes.turn();
    for (Lane lane : lanes) {
      counters.laneBytes.note(lane.waitingBytes()); // one that is stuck and full takes nothing more
    }
  }

  private void sweep() {
    long now = System.nanoTime();
    long writeTimeout = config.writeTimeout().toNanos();
    long ping = config.pingInterval().toNanos();
    long silence = config.silenceLimit().toNanos();
    for (FanoutSession session : open) {
      try {
        if (session.sweep(now, writeTimeout, ping, silence)) {
          pingers.execute(() -> ping(session));
        }
      } catch (Throwable e) {
        // An exception would end the timer, and with it every deadline.
        log.error("Looking after session {} failed", session.id(), e);
      }
    }
  }

  private void ping(FanoutSession session) {
    try {
      session.ping();
    } catch (Exception | Error e) {
      counters.failuresOfUserCode.increment();
      log.debug("A transport threw when it was asked to ping", e);
    }
  }

  /** Tells what lanes had to refuse: once in a second while it lasts, however much that is. */
  void tellOverloads() {
    for (Lane lane : lanes) {
      Gap gap = lane.takeOverload();
      if (gap != null) {
        counters.gap(gap);
        if (warnings.allows()) {
          log.warn("Lane overloaded: messages dropped from {} to {}", gap.from(), gap.until());
        }
        notifier.tell(listener -> listener.onGap(gap));
        gapNotice.tell(lane);
      }
    }
  }

  /** Pings nobody any more; the timer is its owner's. */
  void close() {
    pingers.shutdownNow();
  }
}
