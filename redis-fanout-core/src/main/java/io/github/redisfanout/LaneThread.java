package io.github.redisfanout;

import io.github.redisfanout.internal.Threads;
import io.github.redisfanout.internal.Warnings;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One delivering thread and its queue. Another thread takes its place when it is stuck in a
 * transport. Thread-safe.
 */
class LaneThread extends LaneQueue {
  /** After this many deliveries, sessions with more to write get their turn. */
  private static final int DELIVERIES_BETWEEN_TURNS = 8;

  /** So many threads may be stuck in transports at the same time; then the lane is stuck, too. */
  static final int MAX_STUCK_THREADS = 64;

  private static final Warnings FAILURES = new Warnings();

  /** A call of a transport on the lane's thread. */
  interface Call {
    Thread thread();

    /** As {@link System#nanoTime} said. */
    long startedNanos();

    /** The transport's method, for people. */
    String description();

    /** The lane is about to go on without the thread that is inside of it. */
    void abandon();
  }

  private final int number;
  private final ThreadFactory threads;

  /** Changed under the monitor, when the one before is stuck in a transport. */
  private volatile Thread thread;

  /** The call of a transport that the lane's thread is inside of; null outside. */
  private final AtomicReference<@Nullable Call> call = new AtomicReference<>();

  /** Threads that were replaced, and are still inside of a transport. */
  private final AtomicInteger stuckThreads = new AtomicInteger();

  /** {@code highWater} is shared by the lanes of a node. */
  LaneThread(int number, long maxBytes, Clock clock, HighWater highWater) {
    this(number, maxBytes, clock, highWater, Threads.daemons("lane-" + number));
  }

  LaneThread(int number, long maxBytes, Clock clock, HighWater highWater, ThreadFactory threads) {
    super(maxBytes, clock, highWater);
    this.number = number;
    this.threads = threads;
    thread = threads.newThread(this::run);
  }

  int number() {
    return number;
  }

  void start() {
    thread.start();
  }

  private void run() {
    workUntilReplaced();
    if (!isCurrentThread()) {
      stuckThreads.decrementAndGet(); // no longer stuck
    }
  }

  // Takes all waiting work at once, so that other threads seldom find the monitor taken.
  private void workUntilReplaced() {
    while (take()) {
      for (Runnable turn = takenTurns.poll(); turn != null; turn = takenTurns.poll()) {
        runTask(turn);
        if (!isCurrentThread()) {
          return;
        }
      }
      LaneWork begun = slices.next();
      if (begun != null) {
        boolean done = run(begun);
        if (!isCurrentThread()) {
          return; // another thread goes on with the rest of it
        }
        slices.endTurn(done);
        release(begun, done);
      }
      boolean othersWait = begun != null;
      for (int i = 0; i < DELIVERIES_BETWEEN_TURNS || !(turnsWait || othersWait); i++) {
        LaneWork delivery = takenDeliveries.peek();
        if (delivery == null) {
          break;
        }
        boolean done = run(delivery);
        if (!isCurrentThread()) {
          return; // another thread goes on with the rest of it
        }
        takenDeliveries.remove();
        if (!done) {
          slices.add(delivery);
          othersWait = true;
        }
        release(delivery, done);
      }
    }
  }

  /** Runs the work, or a slice of it; true if it is done. */
  private static boolean run(LaneWork work) {
    try {
      return work.run();
    } catch (Throwable e) {
      FAILURES.warn("A delivery failed", e);
      return true;
    }
  }

  private static void runTask(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      FAILURES.warn("A delivery failed", e);
    }
  }

  /** The lane's thread calls a transport. */
  void enter(Call entered) {
    call.setRelease(entered);
  }

  /** The transport has returned; false if the thread was replaced meanwhile. */
  boolean leave(Call left) {
    if (call.compareAndSet(left, null)) {
      return true;
    }
    synchronized (this) { // then it is no longer the lane's thread, or it stays it
      return call.compareAndSet(left, null);
    }
  }

  /** The call of a transport that the lane's thread is inside of; null outside. */
  @Nullable Call call() {
    return call.get();
  }

  /** How many threads were replaced and have not come back. */
  int stuckThreads() {
    return stuckThreads.get();
  }

  /**
   * Goes on with another thread, in the middle of the delivery that the present one is stuck in.
   * That one ends when the transport returns. Does nothing if it has left the call. Throws if no
   * thread can be made; then nothing has changed.
   */
  void replaceThread(Call stuck) {
    synchronized (this) {
      if (closed || stuckThreads.get() >= MAX_STUCK_THREADS || !call.compareAndSet(stuck, null)) {
        return;
      }
      Thread before = thread;
      stuckThreads.incrementAndGet();
      try {
        thread = threads.newThread(() -> runAfter(stuck));
        thread.start();
      } catch (Throwable e) { // no thread can be made now
        thread = before;
        stuckThreads.decrementAndGet();
        call.set(stuck);
        throw e;
      }
    }
  }

  private void runAfter(Call stuck) {
    runTask(stuck::abandon); // first, so that nothing else is written to its client
    run();
  }

  boolean isCurrentThread() {
    return Thread.currentThread() == thread;
  }

  /** Waits until the lane is idle or the deadline; returns at once on the lane's own thread. */
  void awaitIdle(long deadlineNanos) {
    if (!isCurrentThread()) {
      Duration limit = Duration.ofNanos(deadlineNanos - System.nanoTime());
      Threads.uninterruptibly(limit, this::awaitIdleAtMost);
    }
  }

  void join(Duration limit) {
    Threads.join(thread, limit); // returns at once if not started
  }
}
