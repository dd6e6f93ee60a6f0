package io.github.redisfanout;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
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

  // Closing may block on a stuck client, so it has threads of its own.
  private final ThreadPoolExecutor closers = Threads.pool("redis-fanout-close", CLOSING_THREADS);
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, Threads.daemons("redis-fanout-timer"));

  private final KeepingUp keepingUp;
  private final GapNotice gapNotice;
  private final SessionLimits limits;
  private final Upkeep upkeep;
  private final Drain drain;
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
                        i,
                        Math.max(1, config.laneBytes() / config.lanes()),
                        Clock.systemUTC(),
                        counters.laneBytes))
            .toArray(Lane[]::new);
    gapNotice = new GapNotice(config.gapNotice().map(this::textOfNotice).orElse(null), open, lanes);
    keepingUp = new KeepingUp(lanes, counters, config.sessionQueueMessages(), timer);
    limits = new SessionLimits(config);
    upkeep = new Upkeep(config, open, lanes, counters, notifier, gapNotice);
    drain = new Drain(open, timer);
  }

  private TextPayload textOfNotice(String json) {
    try {
      return payloads.textOfJson(json);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("gapNotice: " + e.getMessage(), e);
    }
  }

  synchronized void start() {
    if (closed) {
      return; // by another thread, meanwhile
    }
    for (Lane lane : lanes) {
      lane.start();
    }
    upkeep.start(timer);
  }

  // ---- opening

  FanoutSession open(String userId, Transport transport) {
    Address address = Address.user(userId);
    Lane lane = lanes[random.nextInt(lanes.length)];
    FanoutSession session = new FanoutSession(newId(), address, transport, lane, this);
    if (!limits.reserve(counters.sessions)) {
      session.disconnect(Disconnect.NODE_FULL);
      return session;
    }
    open.add(session);
    FanoutSession leaving = limits.admit(address, session);
    if (leaving == session) {
      session.disconnect(Disconnect.TOO_MANY_SESSIONS);
      return session; // nobody may find it in the registry
    }
    try {
      register(address, session);
    } catch (Throwable e) {
      leaving = leaving == null ? null : limits.readmit(address, leaving);
      throw e;
    } finally {
      if (leaving != null) { // not sooner, or the user would have no session for a moment
        leaving.disconnect(Disconnect.REPLACED);
      }
    }
    if (!session.isOpen()) {
      // It ended before there was anything to remove.
      unregister(address, session);
    } else if (closed || drain.hasBegun()) {
      session.disconnect(Disconnect.GOING_AWAY);
    }
    return session;
  }

  private void register(Address address, FanoutSession session) {
    try {
      if (registry.add(address, session)) {
        counters.users.incrementAndGet();
      }
    } catch (Throwable e) {
      counters.failuresOfUserCode.increment();
      session.closed(e);
      throw e;
    }
  }

  private void unregister(Address address, FanoutSession session) {
    if (registry.remove(address, session)) {
      counters.users.decrementAndGet();
    }
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

  /** Tells all clients that they may have missed something; see {@link GapNotice}. */
  void tellGap() {
    gapNotice.tellAll();
  }

  /** In words, which lane is more than half full; null if none is. */
  @Nullable String filling() {
    for (Lane lane : lanes) {
      if (lane.waitingBytes() > lane.maxBytes() / 2) {
        return "lane "
            + lane.number()
            + " is filling: "
            + lane.waitingBytes()
            + " of "
            + lane.maxBytes()
            + " bytes";
      }
    }
    return null;
  }

  /** Takes no sessions from now on, and closes those that are open, spread over this time. */
  CompletableFuture<@Nullable Void> drain(Duration spread) {
    return drain.begin(spread);
  }

  /** Since when it takes no sessions because of {@link #drain}; null while it does. */
  @Nullable Instant drainingSince() {
    return drain.since();
  }

  /** Runs this, or what came later, once lanes and sessions keep up; see {@link KeepingUp}. */
  void whenKeepingUp(Runnable reached) {
    keepingUp.when(reached);
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
      unregister(address, session);
    } catch (Throwable e) {
      counters.failuresOfUserCode.increment();
      if (warnings.allows()) {
        log.warn("The session registry threw", e);
      }
    }
    limits.left(address, session);
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
    } catch (Throwable e) {
      counters.failuresOfUserCode.increment();
      log.debug("A transport threw when it was closed", e);
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
    timer.shutdown(); // its last look finds that it is closed
    upkeep.close();
    closers.shutdown();
    for (Lane lane : lanes) {
      lane.close();
    }
    upkeep.tellOverloads();
    drain.end();
    // Whoever took all the time to deliver must not cost the others their goodbye.
    long last = Math.max(deadlineNanos - System.nanoTime(), GOODBYE_NANOS);
    long lastNanos = System.nanoTime() + last;
    Threads.awaitTermination(closers, Duration.ofNanos(last));
    for (Lane lane : lanes) {
      lane.join(Duration.ofNanos(Math.max(0, lastNanos - System.nanoTime())));
    }
  }
}
