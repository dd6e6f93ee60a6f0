package io.github.redisfanout;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.internal.Threads;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The bounded queue of a lane. Offering never waits: what does not fit is refused and reported by
 * {@link #takeOverload}. Thread-safe, except for what only the lane's thread calls.
 */
class LaneQueue {
  private final long maxBytes;
  private final Clock clock;
  private final HighWater highWater;

  /** Increased under the monitor only. */
  private final AtomicLong bytes = new AtomicLong();

  @GuardedBy("this")
  private ArrayDeque<LaneWork> deliveries = new ArrayDeque<>();

  /** Sessions with more to write, done before further deliveries, or their queues would fill. */
  @GuardedBy("this")
  private ArrayDeque<Runnable> turns = new ArrayDeque<>();

  /** Whether there are turns, for a look without the monitor. */
  volatile boolean turnsWait;

  /** True while the lane's thread waits for work. */
  @GuardedBy("this")
  private boolean waiting;

  @GuardedBy("this")
  private boolean busy;

  @GuardedBy("this")
  boolean closed;

  /** Of the work added last; written under the monitor. */
  private volatile long lastNumber;

  @GuardedBy("this")
  private @Nullable Instant overloadedSince; // null unless something was refused since it was taken

  // Confined to the lane's thread: taken and not yet done, the first delivery perhaps in part.
  ArrayDeque<LaneWork> takenDeliveries = new ArrayDeque<>();
  ArrayDeque<Runnable> takenTurns = new ArrayDeque<>();
  final Slices slices = new Slices();

  LaneQueue(long maxBytes, Clock clock, HighWater highWater) {
    this.maxBytes = maxBytes;
    this.clock = clock;
    this.highWater = highWater;
  }

  /** The size of all waiting work and of that being done. */
  long waitingBytes() {
    return bytes.get();
  }

  long maxBytes() {
    return maxBytes;
  }

  /** Offers one delivery; false if it was refused. */
  boolean offer(Runnable delivery, long size) {
    return offer(List.of(LaneWork.of(delivery, size))).isEmpty();
  }

  /**
   * Takes the deliveries that fit, in order, and returns the others; never waits. An empty lane
   * takes one of any size, so that a message larger than the limit can be delivered.
   */
  <W extends LaneWork> List<W> offer(List<W> deliveries) {
    List<W> refused = List.of();
    if (deliveries.isEmpty()) {
      return refused;
    }
    synchronized (this) {
      if (closed) {
        return deliveries;
      }
      for (W delivery : deliveries) {
        long taken = bytes.get();
        long limit = delivery.isUrgent() ? 2 * maxBytes : maxBytes;
        if (taken == 0 || delivery.bytes() <= limit - taken) {
          enqueue(delivery);
        } else {
          refused = refused.isEmpty() ? new ArrayList<>() : refused;
          refused.add(delivery);
        }
      }
      if (!refused.isEmpty() && overloadedSince == null) {
        overloadedSince = clock.instant();
      }
    }
    return refused;
  }

  /**
   * Runs a session's next write before waiting deliveries. Not bounded here: one per session.
   * Dropped after {@link #close}: then all sessions are closed.
   */
  synchronized void execute(Runnable task) {
    if (!closed) {
      turns.add(task);
      turnsWait = true;
      wake();
    }
  }

  /** Runs the task after all work that was added before; dropped after {@link #close}. */
  void executeAfterDeliveries(Runnable task) {
    add(slices.last(task));
  }

  /** Takes work that counts for few bytes or none, without a limit. False after {@link #close}. */
  @CanIgnoreReturnValue
  synchronized boolean add(LaneWork work) {
    if (!closed) {
      enqueue(work);
    }
    return !closed;
  }

  /** The {@link LaneWork#number} of the work that was added last; 0 before the first. */
  long lastNumber() {
    return lastNumber;
  }

  @GuardedBy("this")
  private void enqueue(LaneWork work) {
    long number = lastNumber + 1;
    work.added(number);
    lastNumber = number;
    deliveries.add(work);
    highWater.note(bytes.addAndGet(work.bytes()));
    wake();
  }

  @GuardedBy("this")
  private void wake() {
    if (waiting) {
      waiting = false; // no other thread needs to wake it
      notifyAll();
    }
  }

  // ---- on the lane's thread only

  void release(LaneWork work, boolean done) {
    if (done) {
      bytes.addAndGet(-work.bytes());
    }
  }

  /** Takes the turns, and the deliveries if those taken before are done; false at the end. */
  synchronized boolean take() {
    if (!takenTurns.isEmpty()) {
      return true; // a thread that was replaced has left them
    }
    if (takenDeliveries.isEmpty()) {
      awaitWork();
      if (!busy) {
        return false;
      }
      ArrayDeque<LaneWork> empty = takenDeliveries;
      takenDeliveries = deliveries;
      deliveries = empty;
    }
    ArrayDeque<Runnable> empty = takenTurns;
    takenTurns = turns;
    turns = empty;
    turnsWait = false;
    return true;
  }

  @GuardedBy("this")
  private void awaitWork() {
    if (!slices.isEmpty()) {
      return; // there is work
    }
    busy = false;
    if (isEmpty()) {
      notifyAll();
    }
    while (isEmpty() && !closed) {
      waiting = true;
      Threads.awaitNotify(this, Long.MAX_VALUE);
    }
    waiting = false;
    busy = !isEmpty();
  }

  @GuardedBy("this")
  private boolean isEmpty() {
    return deliveries.isEmpty() && turns.isEmpty();
  }

  // ---- on any thread

  /**
   * A gap from the first delivery refused since the last call until now; null if none was. Called
   * by a timer, because the thread of a full lane may be stuck.
   */
  synchronized @Nullable Gap takeOverload() {
    if (overloadedSince == null) {
      return null;
    }
    Gap gap = new Gap(Set.of(), overloadedSince, clock.instant(), Gap.Cause.OVERLOAD);
    overloadedSince = null;
    return gap;
  }

  synchronized void awaitIdleAtMost(long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    for (long left = nanos; (busy || !isEmpty()) && left > 0; left = deadline - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  /** Takes no more work, and ends the thread when the waiting work is done. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
