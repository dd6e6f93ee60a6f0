package io.github.redisfanout;

import static io.github.redisfanout.internal.Log.log;

import io.github.redisfanout.internal.Threads;
import io.github.redisfanout.internal.Warnings;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Opens the sessions of one node and cleans up after them. Thread-safe. */
final class Sessions implements FanoutSession.Owner {
  private static final int CLOSING_THREADS = 8;

  /** How long a client may take for the message in flight, before its close code is sent. */
  private static final long LAST_WRITE_SECONDS = 10;

  private final SessionRegistry registry;
  private final Lanes lanes;
  private final Groups groups;
  private final LocalChannels channels;
  private final Readiness readiness;
  private final @Nullable Function<String, ? extends Collection<String>> groupsOf; // null: none
  private final Counters counters;
  private final Notifier notifier;
  private final Drain drain;
  private final SessionLimits limits;
  private final FanoutSession.Shared shared;
  private final SecureRandom random = new SecureRandom();
  private final Warnings groupFailures = new Warnings();
  private final Warnings registryFailures = new Warnings();
  private final Warnings closeFailures = new Warnings();
  private final Warnings disconnects = new Warnings();

  // Closing may block on a stuck client.
  private final ThreadPoolExecutor closers = Threads.pool("close", CLOSING_THREADS);
  private final PoolWatch closing = new PoolWatch(closers, "Transport.close");
  private final ScheduledExecutorService timer;

  /** Closes that wait for a write; cancelled at the deadline, and when the node closes. */
  private final Map<FanoutSession, CompletableFuture<?>> lastWrites = new ConcurrentHashMap<>();

  /** Of each class of transports. */
  private final Map<Class<?>, AdapterHabits> habits = new ConcurrentHashMap<>();

  private volatile boolean refusing;

  Sessions(
      FanoutConfig config,
      SessionRegistry registry,
      Lanes lanes,
      Groups groups,
      LocalChannels channels,
      Readiness readiness,
      PayloadWriter payloads,
      Counters counters,
      Notifier notifier,
      Drain drain,
      ScheduledExecutorService timer) {
    this.registry = registry;
    this.lanes = lanes;
    this.groups = groups;
    this.channels = channels;
    this.readiness = readiness;
    groupsOf = config.groupsOf().orElse(null);
    this.counters = counters;
    this.notifier = notifier;
    this.drain = drain;
    this.timer = timer;
    limits = new SessionLimits(config);
    shared =
        new FanoutSession.Shared(
            payloads,
            config.overflowPolicy(),
            new SendQueue.Limits(
                config.sessionQueueMessages(), config.sessionQueueBytes(), counters.queueMessages),
            counters,
            this);
  }

  FanoutSession open(String userId, Transport transport) {
    Address address = Address.user(userId);
    Lane lane = lanes.get(random.nextInt(lanes.count()));
    FanoutSession session =
        new FanoutSession(newId(), address, transport, habitsOf(transport), lane.thread(), shared);
    if (!limits.reserve(counters.sessions)) {
      session.disconnect(Disconnect.NODE_FULL);
      return session;
    }
    lane.add(session);
    FanoutSession leaving = limits.admit(address, session);
    if (leaving == session) {
      session.disconnect(Disconnect.TOO_MANY_SESSIONS);
      return session; // not to be found in the registry
    }
    try {
      if (!joinsItsGroups(session)) {
        leaving = leaving == null ? null : limits.readmit(address, leaving);
        return session;
      }
      if (registry.add(address, session)) {
        counters.users.incrementAndGet();
      }
      if (!takesNoMore()) {
        session.registered(); // before the one that leaves, or its channel would be left
      }
    } catch (Throwable e) {
      counters.userCodeFailures.increment();
      session.clientLost(e);
      leaving = leaving == null ? null : limits.readmit(address, leaving);
      throw e;
    } finally {
      if (leaving != null) { // only now, or the user would have no session for a moment
        leaving.disconnect(Disconnect.REPLACED);
      }
    }
    if (!session.isOpen()) {
      unregister(address, session); // it ended before it was registered
    } else if (takesNoMore()) {
      session.disconnect(Disconnect.GOING_AWAY);
    } else {
      readiness.registered(session);
    }
    return session;
  }

  private boolean takesNoMore() {
    return refusing || drain.hasBegun();
  }

  /** Without its groups a session would miss messages, so it is closed if they are not known. */
  private boolean joinsItsGroups(FanoutSession session) {
    if (groupsOf == null) {
      return true;
    }
    try {
      groups.join(session, Set.copyOf(groupsOf.apply(session.userId())));
      return true;
    } catch (Throwable e) {
      counters.userCodeFailures.increment();
      groupFailures.warn("groupsOf failed, so {} is closed", session, e);
      session.disconnect(Disconnect.FAILED);
      return false;
    }
  }

  private AdapterHabits habitsOf(Transport transport) {
    return habits.computeIfAbsent(transport.getClass(), AdapterHabits::new);
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

  @Override
  public CompletableFuture<@Nullable Void> ready(FanoutSession session) {
    return readiness.ready(session);
  }

  @Override
  public CompletableFuture<@Nullable Void> join(FanoutSession session, String group) {
    groups.join(session, List.of(group));
    return readiness.joined(session, group);
  }

  @Override
  public boolean leave(FanoutSession session, String group) {
    return groups.leave(session, group);
  }

  @Override
  public void countMember(String group, int lane, int change) {
    groups.count(group, lane, change);
  }

  @Override
  public void countSession(String userId, int change) {
    channels.countSession(userId, change);
  }

  @Override
  public void lost(FanoutSession session, @Nullable Throwable cause) {
    log.debug("{} has lost its client", session, cause);
  }

  @Override
  public void ended(
      FanoutSession session, @Nullable Disconnect why, boolean force, @Nullable Throwable cause) {
    Address address = session.address();
    try {
      unregister(address, session);
    } catch (Throwable e) {
      counters.userCodeFailures.increment();
      registryFailures.warn("The session registry threw", e);
    }
    limits.left(address, session);
    if (lanes.get(session.laneNumber()).remove(session)) {
      counters.sessions.decrementAndGet();
    }
    counters.closing.add(session.transport());
    if (why == null) {
      return;
    }
    counters.disconnected(why.code());
    session.habits().closed(why);
    notifier.report(listener -> listener.onDisconnect(session, why));
    if (force) {
      disconnects.warn("{} disconnected: {} {}", session, why.code(), why.reason(), cause);
    }
    CompletableFuture<?> lastWrite = session.lastWrite();
    if (lastWrite == null || refusing) {
      closeSoon(session, why, force);
    } else {
      closeAfter(lastWrite, session, why);
    }
  }

  /** A slow client gets the message in flight first; no thread waits, as there may be many. */
  @SuppressWarnings("FutureReturnValueIgnored") // closing throws nothing
  private void closeAfter(CompletableFuture<?> lastWrite, FanoutSession session, Disconnect why) {
    lastWrites.put(session, lastWrite);
    Future<?> deadline = cancelLate(lastWrite);
    lastWrite.whenComplete(
        (nothing, late) -> {
          lastWrites.remove(session);
          deadline.cancel(false);
          closeSoon(session, why, late != null);
        });
    if (refusing) {
      lastWrite.cancel(false); // the node has begun to close meanwhile
    }
  }

  private Future<?> cancelLate(CompletableFuture<?> lastWrite) {
    try {
      return timer.schedule(() -> lastWrite.cancel(false), LAST_WRITE_SECONDS, TimeUnit.SECONDS);
    } catch (RejectedExecutionException e) {
      lastWrite.cancel(false); // the node has closed
      return lastWrite;
    }
  }

  private void closeSoon(FanoutSession session, Disconnect why, boolean force) {
    try {
      closers.execute(() -> close(session.transport(), why, force));
    } catch (RejectedExecutionException e) {
      // The node has closed: only the caller's thread is left.
      close(session.transport(), why, force);
    }
  }

  private void close(Transport transport, Disconnect why, boolean force) {
    try {
      transport.close(why, force);
    } catch (Throwable e) {
      counters.userCodeFailures.increment();
      closeFailures.warn("{} threw when it was closed", transport.getClass().getName(), e);
    }
  }

  /** Whether closing is stuck. */
  PoolWatch closing() {
    return closing;
  }

  /** New sessions are closed at once from now on. */
  void refuse() {
    refusing = true;
  }

  /** Disconnects all sessions; {@link #awaitClosed} waits until their transports are closed. */
  void disconnectAll() {
    lanes.forEachSession(session -> session.disconnect(Disconnect.GOING_AWAY));
    lastWrites.values().forEach(lastWrite -> lastWrite.cancel(false));
    closers.shutdown();
  }

  void awaitClosed(Duration limit) {
    Threads.awaitTermination(closers, limit);
  }
}
