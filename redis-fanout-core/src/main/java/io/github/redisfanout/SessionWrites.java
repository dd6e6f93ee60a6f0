package io.github.redisfanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The writes of a session: a bounded queue, and one write in flight. A superclass and not a part,
 * because a node has very many sessions. Thread-safe.
 */
abstract class SessionWrites {
  /** After this many writes in a row, other sessions of the lane get their turn. */
  private static final int MAX_WRITES_IN_A_ROW = 256;

  private final Transport transport;
  private final AdapterHabits habits;
  private final LaneThread lane;

  /** Its monitor is the session's lock. */
  final SendQueue queue;

  /** True while the session waits for a turn on its lane. */
  @GuardedBy("queue")
  private boolean scheduled;

  // Written under the queue's monitor, read without it by the sweep, which visits all sessions.
  private volatile @Nullable Write inFlight; // null while no write is in flight
  private volatile boolean closed;

  // Null unless a write was in flight when the session was closed in order.
  private volatile @Nullable CompletableFuture<@Nullable Void> lastWrite;

  SessionWrites(
      Transport transport, AdapterHabits habits, LaneThread lane, SendQueue.Limits limits) {
    this.transport = transport;
    this.habits = habits;
    this.lane = lane;
    queue = new SendQueue(limits);
  }

  abstract Counters counters();

  /** What happens when the queue is full. */
  abstract OverflowPolicy overflowPolicy();

  /** Called under the session's lock when it closes. */
  @GuardedBy("queue")
  abstract void closing();

  /** The session has closed; see {@link FanoutSession.Owner#ended}. */
  abstract void ended(@Nullable Disconnect why, boolean force, @Nullable Throwable cause);

  final Transport transport() {
    return transport;
  }

  final AdapterHabits habits() {
    return habits;
  }

  final int laneNumber() {
    return lane.number();
  }

  final boolean isClosed() {
    return closed;
  }

  final @Nullable Write inFlight() {
    return inFlight;
  }

  final boolean enqueue(TextPayload payload, boolean onLane) {
    int dropped;
    int abandoned = -1; // the session stays open
    boolean open;
    boolean schedule = false;
    Write write = null;
    OverflowPolicy policy = overflowPolicy();
    synchronized (queue) {
      open = !closed;
      dropped = open ? queue.offer(payload, policy) : -1;
      if (dropped >= 0) {
        write = onLane ? beginWrite() : null;
        schedule = !onLane && schedules();
      } else if (open && policy == OverflowPolicy.DISCONNECT) {
        abandoned = closeAndClear(); // at once: nothing may be written after the gap
      }
    }
    boolean accepted = dropped >= 0;
    DropReason reason = open ? DropReason.QUEUE_FULL : DropReason.SESSION_CLOSED;
    counters().dropped(reason, accepted ? dropped : 1);
    if (abandoned >= 0) {
      ended(abandoned, Disconnect.SLOW_CLIENT, true, null);
    }
    requestTurn(schedule);
    write(write);
    return accepted;
  }

  private void requestTurn(boolean schedule) {
    if (schedule) {
      lane.execute(this::takeTurn);
    }
  }

  /** The next write; null if there is nothing to write, or a write in flight. */
  @GuardedBy("queue")
  private @Nullable Write beginWrite() {
    TextPayload payload = queue.onItsWay();
    if (payload == null || inFlight != null || scheduled) {
      return null;
    }
    Write write = new Write(this, payload);
    inFlight = write;
    return write;
  }

  /** True if the caller has to request a turn. */
  @GuardedBy("queue")
  private boolean schedules() {
    boolean schedules = !scheduled && inFlight == null && queue.onItsWay() != null;
    scheduled |= schedules;
    return schedules;
  }

  /** On the lane. */
  private void takeTurn() {
    Write write;
    synchronized (queue) {
      scheduled = false;
      write = beginWrite();
    }
    write(write);
  }

  /** Writes as long as each write is complete when it returns; on the lane only. */
  private void write(@Nullable Write first) {
    Write write = first;
    for (int writes = 1; write != null && write.call(transport, lane); writes++) {
      boolean schedule;
      synchronized (queue) {
        write = writes < MAX_WRITES_IN_A_ROW ? beginWrite() : null;
        schedule = write == null && schedules();
      }
      requestTurn(schedule);
    }
  }

  /** The transport does not return from a write. */
  final void abandon() {
    end(Disconnect.WRITE_TIMEOUT, true);
  }

  /** The first report of a write counts; after it, the write is no longer in flight. */
  final void written(Write write) {
    habits.writeReported();
    boolean schedule;
    synchronized (queue) {
      if (inFlight != write) {
        return;
      }
      inFlight = null;
      queue.next();
      // If the lane is inside this write, it continues when the call returns: no recursion.
      schedule = !write.endsItsOwnCall() && schedules();
    }
    counters().delivered.increment();
    requestTurn(schedule);
  }

  /** {@code threw} is true if the transport threw instead of reporting the failure. */
  final void notWritten(Write write, @Nullable Throwable cause, boolean threw) {
    habits.writeReported();
    if (threw) {
      counters().userCodeFailures.increment();
    }
    int abandoned;
    synchronized (queue) {
      if (inFlight != write) {
        return;
      }
      abandoned = closeAndClear(); // at once: nothing may be written after the gap
    }
    counters().dropped(DropReason.WRITE_FAILED, 1);
    ended(abandoned - 1, Disconnect.WRITE_FAILED, true, cause);
  }

  /**
   * Closes the session; false if it was closed.
   *
   * @param why null if the client left
   * @param force whether to close without a handshake, because the client does not answer
   */
  final boolean end(@Nullable Disconnect why, boolean force) {
    int abandoned;
    synchronized (queue) {
      if (closed) {
        return false;
      }
      lastWrite = force || inFlight == null ? null : inFlight.reported();
      abandoned = closeAndClear();
    }
    ended(abandoned, why, force, null);
    return true;
  }

  /** Returns how many messages will not reach the client. */
  @GuardedBy("queue")
  private int closeAndClear() {
    closed = true;
    closing();
    inFlight = null;
    return queue.clear();
  }

  /** Completed when the write that was in flight at an orderly end has ended; null: none was. */
  final @Nullable CompletableFuture<@Nullable Void> lastWrite() {
    return lastWrite;
  }

  private void ended(
      int abandoned, @Nullable Disconnect why, boolean force, @Nullable Throwable cause) {
    counters().dropped(DropReason.SESSION_CLOSED, abandoned);
    ended(why, force, cause);
  }

  /** True if nothing is left to write, and on its lane, which must not wait for itself. */
  final boolean isIdle() {
    synchronized (queue) {
      return lane.isCurrentThread() || queue.onItsWay() == null;
    }
  }
}
