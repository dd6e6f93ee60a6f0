package io.github.redisfanout;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Tells when a node has delivered what it had: its lanes are through, and its sessions as a whole
 * keep up.
 *
 * <p>Some slow clients do not matter: each has its own bound. When sessions on average have filled
 * a part of their queues it is the node that is too slow, and without a pause it would disconnect
 * them all. Thread-safe.
 */
final class KeepingUp {
  /** The sessions keep up while no more than this part of all their queues is filled. */
  private static final int PART = 8;

  private final Lane[] lanes;
  private final Counters counters;
  private final int sessionQueueMessages;
  private final ScheduledExecutorService timer;

  /** Waits for the sessions; null if nobody does. One look at a time is scheduled. */
  private final AtomicReference<@Nullable Runnable> behind = new AtomicReference<>();

  KeepingUp(
      Lane[] lanes, Counters counters, int sessionQueueMessages, ScheduledExecutorService timer) {
    this.lanes = lanes;
    this.counters = counters;
    this.sessionQueueMessages = sessionQueueMessages;
    this.timer = timer;
  }

  /**
   * Runs this when every lane has done what it has now and the sessions keep up.
   *
   * <p>Of those that wait for the sessions the last one stands for all, or they would pile up
   * behind clients that are slow for ever.
   */
  void when(Runnable reached) {
    AtomicInteger underWay = new AtomicInteger(lanes.length);
    for (Lane lane : lanes) {
      lane.executeAfterDeliveries(
          () -> {
            if (underWay.decrementAndGet() == 0) {
              whenSessionsKeepUp(reached);
            }
          });
    }
  }

  private void whenSessionsKeepUp(Runnable reached) {
    if (sessionsKeepUp()) {
      reached.run();
    } else if (behind.getAndSet(reached) == null) {
      lookAgain();
    }
  }

  private boolean sessionsKeepUp() {
    long room = (long) counters.sessions.get() * sessionQueueMessages;
    return counters.pending() <= room / PART;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is scheduled throws nothing
  private void lookAgain() {
    try {
      timer.schedule(this::look, 1, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      reached(); // the node has closed meanwhile
    }
  }

  private void look() {
    if (sessionsKeepUp()) {
      reached();
    } else {
      lookAgain();
    }
  }

  private void reached() {
    Runnable reached = behind.getAndSet(null);
    if (reached != null) {
      reached.run();
    }
  }
}
