package io.github.redisfanout;

import io.github.redisfanout.internal.Threads;
import io.github.redisfanout.internal.wire.Envelope;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.jspecify.annotations.Nullable;

/**
 * Local delivery, from a decoded message to the sessions of this node; the place where its parts
 * are put together. Thread-safe.
 */
final class Delivery {
  /** Time for close frames, reserved even if delivery has used up the limit of a close. */
  private static final Duration CLOSE_FRAMES = Duration.ofSeconds(1);

  private final SessionRegistry registry;
  private final ScheduledThreadPoolExecutor timer = Threads.timer("timer");
  final Lanes lanes;
  private final Dispatcher dispatcher;
  private final GapNotice gapNotice;
  private final CatchUp catchUp;
  private final Drain drain;
  private final Sessions sessions;
  private final SessionSweep sweep;
  private boolean closed; // guarded by this

  Delivery(
      FanoutConfig config,
      SessionRegistry registry,
      PayloadWriter payloads,
      Counters counters,
      Notifier notifier) {
    this.registry = registry;
    lanes = new Lanes(config, counters.laneBytes);
    Propagation propagation = new Propagation(config.contextPropagator().orElse(null), counters);
    dispatcher = new Dispatcher(registry, lanes, propagation, counters);
    String notice = config.gapNotice().orElse(null);
    gapNotice = new GapNotice(notice == null ? null : textOf(notice, payloads), lanes);
    catchUp = new CatchUp(lanes, counters, config.sessionQueueMessages(), timer);
    drain = new Drain(lanes, timer);
    sessions = new Sessions(config, registry, lanes, payloads, counters, notifier, drain);
    sweep = new SessionSweep(config, lanes, counters, notifier, gapNotice);
  }

  private static TextPayload textOf(String notice, PayloadWriter payloads) {
    try {
      return payloads.textOfJson(notice);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("gapNotice: " + e.getMessage(), e);
    }
  }

  synchronized void start() {
    if (closed) {
      return; // by another thread, meanwhile
    }
    lanes.start();
    sweep.start(timer);
  }

  FanoutSession open(String userId, Transport transport) {
    return sessions.open(userId, transport);
  }

  /** The user's sessions here, as they are now; immutable. */
  List<FanoutSession> sessions(String userId) {
    return List.copyOf(registry.sessions(Address.user(userId)));
  }

  /** On the reading thread; never waits. */
  void deliver(List<Envelope> envelopes) {
    dispatcher.deliver(envelopes);
  }

  /** Sends clients the gap notice, if there is one; on the reading thread, never waits. */
  void sendGapNotice() {
    gapNotice.sendToAll();
  }

  /** Runs this, or what came later, once lanes and sessions have caught up. */
  void whenCaughtUp(Runnable reached) {
    catchUp.whenReached(reached);
  }

  /** In words, which lane is more than half full; null if none is. */
  @Nullable String filling() {
    return lanes.filling();
  }

  /** Takes no sessions from now on, and closes those that are open, spread over this time. */
  CompletableFuture<@Nullable Void> drain(Duration spread) {
    return drain.begin(spread);
  }

  /** Since when it takes no sessions because of {@link #drain}; null while it does. */
  @Nullable Instant drainingSince() {
    return drain.since();
  }

  /** Delivers what the lanes have until the deadline, then disconnects all sessions. */
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
  }
}
