package io.github.redisfanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.internal.Threads;
import io.github.redisfanout.internal.wire.Envelope;
import io.github.redisfanout.internal.wire.NameFilter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Local delivery, from a decoded message to the sessions of this node. Thread-safe. */
final class Delivery {
  /** Time for close frames, reserved even if delivery used up the limit. */
  private static final Duration CLOSE_FRAMES = Duration.ofSeconds(1);

  private final SessionRegistry registry;
  final ScheduledThreadPoolExecutor timer = Threads.timer("timer");
  final Lanes lanes;
  final Groups groups;
  private final Dispatcher dispatcher;
  private final GapNotice gapNotice;
  private final OutageNotice outageNotice;
  private final CatchUp catchUp;
  final Drain drain;
  private final Sessions sessions;
  private final SessionSweep sweep;

  @GuardedBy("this")
  private boolean closed;

  Delivery(
      FanoutConfig config,
      SessionRegistry registry,
      PayloadWriter payloads,
      LocalChannels channels,
      Executor callbacks,
      Counters counters,
      Notifier notifier) {
    this.registry = registry;
    lanes = new Lanes(config, counters);
    Propagation propagation = new Propagation(config.contextPropagator().orElse(null), counters);
    groups = new Groups(lanes, config.maxGroupsPerSession(), channels, counters);
    dispatcher = new Dispatcher(registry, lanes, groups, propagation, counters);
    gapNotice =
        new GapNotice(notice("gapNotice", config.gapNotice(), payloads), lanes, channels.names());
    outageNotice = new OutageNotice(notice("outageNotice", config.outageNotice(), payloads), lanes);
    TextPayload readyNotice = notice("readyNotice", config.readyNotice(), payloads);
    Readiness readiness = new Readiness(channels, callbacks, timer, readyNotice);
    catchUp = new CatchUp(lanes, counters, config.sessionQueueMessages(), timer);
    drain = new Drain(lanes, timer);
    sessions =
        new Sessions(
            config, registry, lanes, groups, channels, readiness, payloads, counters, notifier,
            drain, timer);
    sweep = new SessionSweep(config, lanes, counters, notifier, gapNotice, sessions.closing());
  }

  private static @Nullable TextPayload notice(
      String name, Optional<String> json, PayloadWriter payloads) {
    try {
      return json.map(payloads::textOfJson).orElse(null);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is scheduled throws nothing
  synchronized void start() {
    if (!closed) { // by another thread
      lanes.start();
      sweep.start(timer);
      timer.scheduleWithFixedDelay(dispatcher::watchRegistry, 1, 1, TimeUnit.SECONDS);
    }
  }

  FanoutSession open(String userId, Transport transport) {
    FanoutSession session = sessions.open(userId, transport);
    outageNotice.onOpen(session);
    return session;
  }

  /** An immutable snapshot. */
  List<FanoutSession> sessions(String userId) {
    return List.copyOf(registry.sessions(Address.user(userId)));
  }

  /** Contains all groups that have a member here. */
  NameFilter groupNames() {
    return groups.names();
  }

  /** What is wrong with delivering, for people; null if nothing is. */
  @Nullable String trouble() {
    String registry = dispatcher.trouble(System.nanoTime());
    return registry == null ? sweep.trouble() : registry;
  }

  /** All sessions of this node; an immutable snapshot. */
  List<FanoutSession> sessions() {
    return List.copyOf(lanes.sessions());
  }

  /** On the reading thread; never waits. */
  void deliver(List<Envelope> envelopes) {
    dispatcher.deliver(envelopes);
  }

  /** The state of receiving has changed; never waits. */
  void onReceiving(Direction now) {
    outageNotice.onReceiving(now);
  }

  /** Messages of these channels were missed, or of all if there are none; never waits. */
  void onGap(Set<String> channels) {
    outageNotice.onGap();
    gapNotice.send(channels);
  }

  /** Runs the task, or a later one, once lanes and sessions have caught up. */
  void whenCaughtUp(Runnable reached) {
    catchUp.whenReached(reached);
  }

  /** Delivers waiting messages until the deadline, then disconnects all sessions. */
  void close(long deadlineNanos) {
    synchronized (this) {
      closed = true;
    }
    sessions.refuse();
    lanes.awaitIdle(deadlineNanos);
    sessions.disconnectAll();
    timer.shutdown();
    sweep.close();
    lanes.close();
    sweep.reportOverloads();
    drain.end();
    long left = Math.max(deadlineNanos - System.nanoTime(), CLOSE_FRAMES.toNanos());
    long lastNanos = System.nanoTime() + left;
    sessions.awaitClosed(Duration.ofNanos(left));
    lanes.join(lastNanos);
    sweep.awaitEnd(Duration.ofNanos(lastNanos - System.nanoTime()));
    Threads.awaitTermination(timer, Duration.ofNanos(lastNanos - System.nanoTime()));
  }
}
