package io.github.redisfanout;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Finds out when a node has delivered its messages: its lanes are idle, and its sessions on average
 * not far behind. A few slow clients do not matter: each has its own limit. When the queues fill on
 * average, the node itself is too slow, and without a pause it would disconnect all clients.
 * Thread-safe.
 */
final class CatchUp {
  /** The sessions are behind when more than an eighth of all their queues is filled. */
  private static final int PART = 8;

  private final Lanes lanes;
  private final Counters counters;
  private final int sessionQueueMessages;
  private final ScheduledExecutorService timer;

  /** The task that waits for the sessions; null if none does. One look at a time is scheduled. */
  private final AtomicReference<@Nullable Runnable> behind = new AtomicReference<>();

  CatchUp(
      Lanes lanes, Counters counters, int sessionQueueMessages, ScheduledExecutorService timer) {
    this.lanes = lanes;
    this.counters = counters;
    this.sessionQueueMessages = sessionQueueMessages;
    this.timer = timer;
  }

  /**
   * Runs the task when every lane has done its present work and the sessions have caught up. Of
   * several tasks that wait for the sessions, only the last is run: they would pile up.
   */
  void whenReached(Runnable reached) {
    AtomicInteger busyLanes = new AtomicInteger(lanes.count());
    for (Lane lane : lanes.all()) {
      lane.thread()
          .executeAfterDeliveries(
              () -> {
                if (busyLanes.decrementAndGet() == 0) {
                  whenSessionsCatchUp(reached);
                }
              });
    }
  }

  private void whenSessionsCatchUp(Runnable reached) {
    if (behind.getAndSet(reached) == null) {
      look();
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // look throws nothing
  private void look() {
    long room = (long) counters.sessions.get() * sessionQueueMessages;
    if (counters.pendingInSessions() <= room / PART) {
      reached();
      return;
    }
    try {
      timer.schedule(this::look, 1, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      reached(); // the node has closed
    }
  }

  private void reached() {
    Runnable reached = behind.getAndSet(null);
    if (reached != null) {
      reached.run();
    }
  }
}
