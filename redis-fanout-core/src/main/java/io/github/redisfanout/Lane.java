package io.github.redisfanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.Gap;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One delivering thread and the bounded queue before it.
 *
 * <p>A session stays on one lane, which keeps its order. The thread that offers never waits: what
 * does not fit is refused, and {@link #takeOverload} says so. Thread-safe.
 */
class Lane {
  private static final Logger log = LoggerFactory.getLogger(RedisFanout.class);

  /** Something for the lane's thread to do; counts {@code bytes} until it is done. */
  record Work(Runnable task, long bytes) {}

  private final int number;
  private final long maxBytes;
  private final Clock clock;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final ArrayDeque<Work> queue = new ArrayDeque<>();

  @GuardedBy("lock")
  private long bytes;

  @GuardedBy("lock")
  private boolean busy;

  @GuardedBy("lock")
  private boolean closed;

  @GuardedBy("lock")
  private @Nullable Instant overloadedSince; // null unless something was refused since it was taken

  Lane(int number, long maxBytes, Clock clock) {
    this.number = number;
    this.maxBytes = maxBytes;
    this.clock = clock;
    thread = Threads.daemons("redis-fanout-lane-" + number).newThread(this::run);
  }

  int number() {
    return number;
  }

  void start() {
    thread.start();
  }

  /**
   * Takes a delivery if it fits; never waits. An empty lane takes one of any size, or a message
   * larger than the bound could never be delivered.
   */
  boolean offer(Runnable delivery, long size) {
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      if (bytes > 0 && size > maxBytes - bytes) {
        if (overloadedSince == null) {
          overloadedSince = clock.instant();
        }
        return false;
      }
      add(new Work(delivery, size));
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes a task whose number is bounded elsewhere: a session's next write, one per session.
   *
   * <p>After {@link #close} it is dropped: then all sessions are closed.
   */
  void execute(Runnable task) {
    lock.lock();
    try {
      if (!closed) {
        add(new Work(task, 0));
      }
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void add(Work work) {
    queue.add(work);
    bytes += work.bytes();
    changed.signalAll();
  }

  private void run() {
    for (Work work = take(null); work != null; work = take(work)) {
      try {
        work.task().run();
      } catch (RuntimeException | Error e) {
        log.error("A delivery failed", e);
      }
    }
  }

  private @Nullable Work take(@Nullable Work done) {
    lock.lock();
    try {
      busy = false;
      if (done != null) {
        bytes -= done.bytes();
      }
      changed.signalAll();
      while (queue.isEmpty() && !closed) {
        changed.awaitUninterruptibly();
      }
      Work next = queue.poll();
      busy = next != null;
      return next;
    } finally {
      lock.unlock();
    }
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
      while (busy || !queue.isEmpty()) {
        long left = deadlineNanos - System.nanoTime();
        if (left <= 0) {
          break;
        }
        try {
          changed.awaitNanos(left);
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
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void join(Duration limit) {
    Threads.join(thread, limit); // returns at once if it was never started
  }
}
