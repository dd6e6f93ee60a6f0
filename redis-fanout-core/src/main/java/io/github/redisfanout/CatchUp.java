package io.github.redisfanout;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Says when a node has delivered what it had: its lanes are done, and its sessions as a whole are
 * not far behind.
 *
 * <p>A few slow clients do not matter: each has its own limit. When sessions on average have filled
 * a part of their queues, it is the node that is too slow, and without a pause it would disconnect
 * them all. Thread-safe.
 */
final class CatchUp {
  /** The sessions are behind when more than this part of all their queues is filled. */
  private static final int PART = 8;

  private final Lanes lanes;
  private final Counters counters;
  private final int sessionQueueMessages;
  private final ScheduledExecutorService timer;

  /** Waits for the sessions; null if nothing does. One look at a time is scheduled. */
  private final AtomicReference<@Nullable Runnable> behind = new AtomicReference<>();

  CatchUp(
      Lanes lanes, Counters counters, int sessionQueueMessages, ScheduledExecutorService timer) {
    this.lanes = lanes;
    this.counters = counters;
    this.sessionQueueMessages = sessionQueueMessages;
    this.timer = timer;
  }

  /**
   * Runs this when every lane has done what it has now and the sessions have caught up.
   *
   * <p>Of several that wait for the sessions only the last is run, or they would pile up behind
   * clients that stay slow.
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
    if (haveSessionsCaughtUp()) {
      reached.run();
    } else if (behind.getAndSet(reached) == null) {
      scheduleLook();
    }
  }

  private boolean haveSessionsCaughtUp() {
    long room = (long) counters.sessions.get() * sessionQueueMessages;
    return counters.pending() <= room / PART;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is scheduled throws nothing
  private void scheduleLook() {
    try {
      timer.schedule(this::look, 1, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      reached(); // the node has closed meanwhile
    }
  }

  private void look() {
    if (haveSessionsCaughtUp()) {
      reached();
    } else {
      scheduleLook();
    }
  }

  private void reached() {
    Runnable reached = behind.getAndSet(null);
    if (reached != null) {
      reached.run();
    }
  }
}
