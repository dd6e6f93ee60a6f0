package io.github.redisfanout;

import static io.github.redisfanout.internal.Log.log;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.internal.Threads;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One delivering thread and the bounded queue before it. Offering never waits: what does not fit is
 * refused and reported by {@link #takeOverload}. Thread-safe.
 */
class LaneThread {
  /** After this many deliveries, sessions with more to write get their turn. */
  private static final int DELIVERIES_BETWEEN_TURNS = 8;

  /** So many threads may be stuck in transports at the same time; then the lane is stuck, too. */
  static final int MAX_STUCK_THREADS = 64;

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
  private final long maxBytes;
  private final Clock clock;
  private final HighWater highWater;
  private final ThreadFactory threads;

  /** Changed under the monitor, when the one before is stuck in a transport. */
  private volatile Thread thread;

  /** The call of a transport that the lane's thread is inside of; null outside. */
  private final AtomicReference<@Nullable Call> call = new AtomicReference<>();

  /** Threads that were replaced, and are still inside of a transport. */
  private final AtomicInteger stuckThreads = new AtomicInteger();

  /** Increased under the monitor only. */
  private final AtomicLong bytes = new AtomicLong();

  @GuardedBy("this")
  private ArrayDeque<LaneWork> deliveries = new ArrayDeque<>();

  /** Sessions with more to write, done before further deliveries, or their queues would fill. */
  @GuardedBy("this")
  private ArrayDeque<Runnable> turns = new ArrayDeque<>();

  /** Whether there are turns, for a look without the monitor. */
  private volatile boolean turnsWait;

  /** True while the lane's thread waits for work. */
  @GuardedBy("this")
  private boolean waiting;

  @GuardedBy("this")
  private boolean busy;

  @GuardedBy("this")
  private boolean closed;

  /** Of the work added last; written under the monitor. */
  private volatile long lastNumber;

  @GuardedBy("this")
  private @Nullable Instant overloadedSince; // null unless something was refused since it was taken

  // Confined to the lane's thread: taken and not yet done, the first delivery perhaps in part.
  private ArrayDeque<LaneWork> takenDeliveries = new ArrayDeque<>();
  private ArrayDeque<Runnable> takenTurns = new ArrayDeque<>();
  private final Slices slices = new Slices();

  /** {@code highWater} is shared by the lanes of a node. */
  LaneThread(int number, long maxBytes, Clock clock, HighWater highWater) {
    this(number, maxBytes, clock, highWater, Threads.daemons("lane-" + number));
  }

  LaneThread(int number, long maxBytes, Clock clock, HighWater highWater, ThreadFactory threads) {
    this.number = number;
    this.threads = threads;
    this.maxBytes = maxBytes;
    this.clock = clock;
    this.highWater = highWater;
    thread = threads.newThread(this::run);
  }

  int number() {
    return number;
  }

  /** The size of all waiting work and of that being done. */
  long waitingBytes() {
    return bytes.get();
  }

  long maxBytes() {
    return maxBytes;
  }

  void start() {
    thread.start();
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

  private void release(LaneWork work, boolean done) {
    if (done) {
      bytes.addAndGet(-work.bytes());
    }
  }

  /** Runs the work, or a slice of it; true if it is done. */
  private static boolean run(LaneWork work) {
    try {
      return work.run();
    } catch (Throwable e) {
      log.error("A delivery failed", e);
      return true;
    }
  }

  private static void runTask(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      log.error("A delivery failed", e);
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

  /** Takes the turns, and the deliveries if those taken before are done; false at the end. */
  private synchronized boolean take() {
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

  private synchronized void awaitIdleAtMost(long nanos) throws InterruptedException {
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

  void join(Duration limit) {
    Threads.join(thread, limit); // returns at once if not started
  }
}
