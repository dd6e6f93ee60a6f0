package io.github.redisfanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.internal.Log;
import io.github.redisfanout.internal.Threads;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One delivering thread and the bounded queue before it.
 *
 * <p>The thread that offers never waits: what does not fit is refused, and {@link #takeOverload}
 * says so. Thread-safe.
 */
class LaneThread {
  private static final Logger log = LoggerFactory.getLogger(Log.CATEGORY);

  /** After this many deliveries, sessions that have more to write get their turn. */
  private static final int DELIVERIES_BETWEEN_TURNS = 8;

  /** Something for the lane's thread to do; counts {@link #bytes} until it is done. */
  interface Work extends Runnable {
    long bytes();
  }

  private record Task(Runnable task, long bytes) implements Work {
    @Override
    public void run() {
      task.run();
    }
  }

  private final int number;
  private final long maxBytes;
  private final Clock clock;
  private final HighWater highWater;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition workCame = lock.newCondition();
  private final Condition becameIdle = lock.newCondition();

  /** More is added under the lock only. */
  private final AtomicLong bytes = new AtomicLong();

  @GuardedBy("lock")
  private ArrayDeque<Work> deliveries = new ArrayDeque<>();

  /**
   * Done before further deliveries: sessions that have more to write. Behind the deliveries each
   * session would write one message for all that they bring it.
   */
  @GuardedBy("lock")
  private ArrayDeque<Runnable> turns = new ArrayDeque<>();

  /** Whether there are turns, for a look without the lock. */
  private volatile boolean turnsWait;

  /** True while the lane's thread waits for work. */
  @GuardedBy("lock")
  private boolean waiting;

  @GuardedBy("lock")
  private boolean busy;

  @GuardedBy("lock")
  private boolean closed;

  @GuardedBy("lock")
  private @Nullable Instant overloadedSince; // null unless something was refused since it was taken

  /** {@code highWater} is shared by the lanes of a node. */
  LaneThread(int number, long maxBytes, Clock clock, HighWater highWater) {
    this.number = number;
    this.maxBytes = maxBytes;
    this.clock = clock;
    this.highWater = highWater;
    thread = Threads.daemons("lane-" + number).newThread(this::run);
  }

  int number() {
    return number;
  }

  /** The size of everything that waits or is being delivered. */
  long waitingBytes() {
    return bytes.get();
  }

  long maxBytes() {
    return maxBytes;
  }

  void start() {
    thread.start();
  }

  /** As {@link #offer(List)}, for one; false if it was refused. */
  boolean offer(Runnable delivery, long size) {
    return offer(List.of(new Task(delivery, size))).isEmpty();
  }

  /**
   * Takes the deliveries that fit, in order, and gives back the others; never waits. An empty lane
   * takes one of any size, or a message larger than the bound could never be delivered.
   */
  <W extends Work> List<W> offer(List<W> deliveries) {
    if (deliveries.isEmpty()) {
      return List.of();
    }
    List<W> refused = List.of();
    lock.lock();
    try {
      if (closed) {
        return deliveries;
      }
      for (W delivery : deliveries) {
        long taken = bytes.get();
        if (taken == 0 || delivery.bytes() <= maxBytes - taken) {
          add(delivery);
        } else {
          refused = refused.isEmpty() ? new ArrayList<>() : refused;
          refused.add(delivery);
        }
      }
      if (!refused.isEmpty() && overloadedSince == null) {
        overloadedSince = clock.instant();
      }
    } finally {
      lock.unlock();
    }
    return refused;
  }

  /**
   * Takes a task whose number is bounded elsewhere: a session's next write, one per session. It is
   * done before deliveries that wait.
   *
   * <p>After {@link #close} it is dropped: then all sessions are closed.
   */
  void execute(Runnable task) {
    lock.lock();
    try {
      if (!closed) {
        turns.add(task);
        turnsWait = true;
        wake();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Runs this when the deliveries that wait now are done; dropped after {@link #close}. */
  void executeAfterDeliveries(Runnable task) {
    lock.lock();
    try {
      if (!closed) {
        add(new Task(task, 0));
      }
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void add(Work work) {
    deliveries.add(work);
    highWater.note(bytes.addAndGet(work.bytes()));
    wake();
  }

  @GuardedBy("lock")
  private void wake() {
    if (waiting) {
      waiting = false; // nobody else needs to wake it
      workCame.signal();
    }
  }

  /** What the lane's thread has taken and not yet done; confined to it. */
  private static final class Taken {
    ArrayDeque<Work> deliveries = new ArrayDeque<>();
    ArrayDeque<Runnable> turns = new ArrayDeque<>();
  }

  // Takes all there is at once: then others seldom find the lock taken.
  private void run() {
    Taken taken = new Taken();
    while (take(taken)) {
      for (Runnable turn = taken.turns.poll(); turn != null; turn = taken.turns.poll()) {
        guarded(turn);
      }
      for (int i = 0; i < DELIVERIES_BETWEEN_TURNS || !turnsWait; i++) {
        Work delivery = taken.deliveries.poll();
        if (delivery == null) {
          break;
        }
        guarded(delivery);
        bytes.addAndGet(-delivery.bytes());
      }
    }
  }

  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      log.error("A delivery failed", e);
    }
  }

  /** Takes the turns, and the deliveries if those taken before are done; false at the end. */
  private boolean take(Taken taken) {
    lock.lock();
    try {
      if (taken.deliveries.isEmpty()) {
        awaitWork();
        if (!busy) {
          return false;
        }
        ArrayDeque<Work> empty = taken.deliveries;
        taken.deliveries = deliveries;
        deliveries = empty;
      }
      ArrayDeque<Runnable> empty = taken.turns;
      taken.turns = turns;
      turns = empty;
      turnsWait = false;
      return true;
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void awaitWork() {
    busy = false;
    if (isEmpty()) {
      becameIdle.signalAll();
    }
    while (isEmpty() && !closed) {
      waiting = true;
      workCame.awaitUninterruptibly();
    }
    waiting = false;
    busy = !isEmpty();
  }

  @GuardedBy("lock")
  private boolean isEmpty() {
    return deliveries.isEmpty() && turns.isEmpty();
  }

  /**
   * What was refused since this was last asked, as a gap that ends now; null if nothing was.
   *
   * <p>Asked by a timer: the lane's own thread may be stuck, which is how a lane gets full.
   */
  @Nullable Gap takeOverload() {
    lock.lock();
    try {
      if (overloadedSince == null) {
        return null;
      }
      Gap gap = new Gap(Set.of(), overloadedSince, clock.instant(), Gap.Cause.OVERLOAD);
      overloadedSince = null;
      return gap;
    } finally {
      lock.unlock();
    }
  }

  boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  /** Waits until nothing is left to do, for at most this long; not for a lane's own thread. */
  void awaitIdle(long deadlineNanos) {
    if (isCurrentThread()) {
      return;
    }
    boolean interrupted = false;
    lock.lock();
    try {
      while (busy || !isEmpty()) {
        long left = deadlineNanos - System.nanoTime();
        if (left <= 0) {
          break;
        }
        try {
          becameIdle.awaitNanos(left);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      lock.unlock();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Does what it has, accepts no more, and ends. */
  void close() {
    lock.lock();
    try {
      closed = true;
      workCame.signal();
    } finally {
      lock.unlock();
    }
  }

  void join(Duration limit) {
    Threads.join(thread, limit); // returns at once if it was never started
  }
}
