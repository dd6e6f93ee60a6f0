package io.github.redisfanout;

import io.github.redisfanout.backplane.Gap;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens, looks after and ends the sessions of one node. Thread-safe. */
final class Sessions {
  private static final Logger log = LoggerFactory.getLogger(RedisFanout.class);
  private static final int CLOSING_THREADS = 8;
  private static final int PINGING_THREADS = 2;

  /** What closing the sessions may take, even if nothing is left of the time to close. */
  private static final long GOODBYE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final FanoutConfig config;
  private final SessionRegistry registry;
  private final PayloadWriter payloads;
  private final Counters counters;
  private final Notifier notifier;
  private final Lane[] lanes;
  private final Set<FanoutSession> open = ConcurrentHashMap.newKeySet();
  private final SecureRandom random = new SecureRandom();
  private final RateLimit warnings = new RateLimit(Duration.ofSeconds(10));

  // Closing and pinging may block on a stuck client, so each has threads of its own.
  private final ThreadPoolExecutor closers = pool("redis-fanout-close", CLOSING_THREADS);
  private final ThreadPoolExecutor pingers = pool("redis-fanout-ping", PINGING_THREADS);
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, Threads.daemons("redis-fanout-timer"));
  private volatile boolean closed;

  Sessions(
      FanoutConfig config,
      SessionRegistry registry,
      PayloadWriter payloads,
      Counters counters,
      Notifier notifier) {
    this.config = config;
    this.registry = registry;
    this.payloads = payloads;
    this.counters = counters;
    this.notifier = notifier;
    lanes =
        IntStream.range(0, config.lanes())
            .mapToObj(
                i ->
                    new Lane(
                        i, Math.max(1, config.laneBytes() / config.lanes()), Clock.systemUTC()))
            .toArray(Lane[]::new);
  }

  private static ThreadPoolExecutor pool(String name, int threads) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Threads.daemons(name));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is scheduled throws nothing
  synchronized void start() {
    if (closed) {
      return; // by another thread, meanwhile
    }
    for (Lane lane : lanes) {
      lane.start();
    }
    long shortest = Math.min(config.writeTimeout().toMillis(), config.pingInterval().toMillis());
    long tick = Math.max(1, Math.min(1_000, shortest / 10));
    timer.scheduleWithFixedDelay(this::sweep, tick, tick, TimeUnit.MILLISECONDS);
    timer.scheduleWithFixedDelay(this::tellOverloads, 1, 1, TimeUnit.SECONDS);
  }

  // ---- opening

  FanoutSession open(String userId, Transport transport) {
    Address address = Address.user(userId);
    Lane lane = lanes[random.nextInt(lanes.length)];
    FanoutSession session = new FanoutSession(newId(), address, transport, lane, this);
    open.add(session);
    counters.sessions.incrementAndGet();
    try {
      registry.add(address, session);
    } catch (RuntimeException | Error e) {
      counters.failuresOfUserCode.increment();
      session.closed(e);
      throw e;
    }
    if (!session.isOpen()) {
      // It ended between the two lines above, before there was anything to remove.
      registry.remove(address, session);
    } else if (closed) {
      session.disconnect(Disconnect.GOING_AWAY);
    }
    return session;
  }

  private String newId() {
    byte[] bytes = new byte[12];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  // ---- what sessions need

  TextPayload encode(@Nullable Object payload) {
    return payloads.text(payload);
  }

  OverflowPolicy overflowPolicy() {
    return config.overflowPolicy();
  }

  int maxQueuedMessages() {
    return config.sessionQueueMessages();
  }

  int maxQueuedBytes() {
    return config.sessionQueueBytes();
  }

  Counters counters() {
    return counters;
  }

  Lane[] lanes() {
    return lanes;
  }

  // ---- ending

  void lost(FanoutSession session, @Nullable Throwable cause) {
    log.debug("Session {} has lost its client", session.id(), cause);
  }

  /** A session has closed; {@code why} is null if its client has left by itself. */
  void ended(
      FanoutSession session,
      Address address,
      Transport transport,
      @Nullable Disconnect why,
      boolean force) {
    try {
      registry.remove(address, session);
    } catch (RuntimeException | Error e) {
      counters.failuresOfUserCode.increment();
      if (warnings.allows()) {
        log.warn("The session registry threw", e);
      }
    }
    if (open.remove(session)) {
      counters.sessions.decrementAndGet();
    }
    if (why == null) {
      return;
    }
    counters.disconnected(why.code());
    notifier.tell(listener -> listener.onDisconnect(session, why));
    if (force && warnings.allows()) {
      log.warn("Session {} disconnected: {} {}", session.id(), why.code(), why.reason());
    }
    try {
      closers.execute(() -> close(transport, why, force));
    } catch (RejectedExecutionException e) {
      // The node has closed meanwhile; the caller's thread is the only one left.
      close(transport, why, force);
    }
  }

  private void close(Transport transport, Disconnect why, boolean force) {
    try {
      transport.close(why, force);
    } catch (RuntimeException | Error e) {
      counters.failuresOfUserCode.increment();
      log.debug("A transport threw when it was closed", e);
    }
  }

  // ---- looking after

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
      } catch (RuntimeException | Error e) {
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
  private void tellOverloads() {
    for (Lane lane : lanes) {
      Gap gap = lane.takeOverload();
      if (gap != null) {
        counters.gaps.increment();
        if (warnings.allows()) {
          log.warn("Lane overloaded: messages dropped from {} to {}", gap.from(), gap.until());
        }
        notifier.tell(listener -> listener.onGap(gap));
      }
    }
  }

  // ---- the end

  /** Delivers what the lanes have until the deadline, then disconnects all sessions. */
  void close(long deadlineNanos) {
    synchronized (this) {
      closed = true;
    }
    for (Lane lane : lanes) {
      lane.awaitIdle(deadlineNanos);
    }
    for (FanoutSession session : open) {
      while (!session.isIdle() && deadlineNanos - System.nanoTime() > 0) {
        Threads.pause(Duration.ofMillis(1));
      }
    }
    for (FanoutSession session : open) {
      session.disconnect(Disconnect.GOING_AWAY);
    }
    timer.shutdownNow();
    pingers.shutdownNow();
    closers.shutdown();
    for (Lane lane : lanes) {
      lane.close();
    }
    tellOverloads();
    // Whoever took all the time to deliver must not cost the others their goodbye.
    long last = Math.max(deadlineNanos - System.nanoTime(), GOODBYE_NANOS);
    long lastNanos = System.nanoTime() + last;
    Threads.awaitTermination(closers, Duration.ofNanos(last));
    for (Lane lane : lanes) {
      lane.join(Duration.ofNanos(Math.max(0, lastNanos - System.nanoTime())));
    }
  }
}
