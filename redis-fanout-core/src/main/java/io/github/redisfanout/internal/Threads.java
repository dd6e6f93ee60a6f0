package io.github.redisfanout.internal;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The library's threads: named daemons. Waiting for them never loses an interrupt. */
public final class Threads {
  private static final String PREFIX = "redis-fanout-";
  private static final long POLL_MILLIS = 10;

  private Threads() {}

  /** Makes daemon threads named {@code redis-fanout-} and this. */
  public static ThreadFactory daemons(String name) {
    return new Daemons(PREFIX + name);
  }

  /** A pool of at most this many threads, which end when idle. */
  public static ThreadPoolExecutor pool(String name, int threads) {
    return pool(name, threads, new LinkedBlockingQueue<>());
  }

  /** The same with the given queue. */
  public static ThreadPoolExecutor pool(String name, int threads, BlockingQueue<Runnable> queue) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(threads, threads, 1, TimeUnit.SECONDS, queue, daemons(name));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  public static ScheduledThreadPoolExecutor timer(String name) {
    ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, daemons(name));
    timer.setRemoveOnCancelPolicy(true); // else it ends only when their time has come
    return timer;
  }

  /** Waits for the thread's end, unless it is the caller's own or was never started. */
  public static void join(Thread thread, Duration limit) {
    if (thread != Thread.currentThread()) {
      uninterruptibly(limit, nanos -> TimeUnit.NANOSECONDS.timedJoin(thread, nanos));
    }
  }

  /** Whether the caller is a thread of a node, which that node's close must not wait for. */
  public static boolean isOurs() {
    return Thread.currentThread().getName().startsWith(PREFIX);
  }

  /**
   * Waits until a pool that was shut down has ended with its threads, unless the caller may be one
   * of them.
   */
  public static void awaitTermination(ThreadPoolExecutor pool, Duration limit) {
    if (!isOurs()) {
      long deadline = System.nanoTime() + limit.toNanos();
      uninterruptibly(limit, nanos -> pool.awaitTermination(nanos, TimeUnit.NANOSECONDS));
      joinAll(pool.getThreadFactory(), Duration.ofNanos(deadline - System.nanoTime()));
    }
  }

  /** Waits for the end of all threads that {@link #daemons} has made with this factory. */
  public static void joinAll(ThreadFactory daemons, Duration limit) {
    if (daemons instanceof Daemons made) {
      made.join(limit);
    }
  }

  public static void pause(Duration time) {
    uninterruptibly(time, TimeUnit.NANOSECONDS::sleep);
  }

  /**
   * Waits until the condition holds, for at most this long; checks it every 10 ms.
   *
   * @param isOver ends the wait early with false; asked only while the condition does not hold
   */
  public static boolean awaitCondition(
      BooleanSupplier condition, BooleanSupplier isOver, Duration limit)
      throws InterruptedException {
    long deadline = System.nanoTime() + Math.max(0, TimeUnit.NANOSECONDS.convert(limit));
    while (!condition.getAsBoolean()) {
      if (isOver.getAsBoolean() || deadline - System.nanoTime() <= 0) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
    return true;
  }

  /** Waits on a monitor that the caller holds, in a loop; an interrupt only ends one wait. */
  @SuppressWarnings("WaitNotInLoop") // every caller loops
  public static void awaitNotify(Object monitor, long nanos) {
    try {
      TimeUnit.NANOSECONDS.timedWait(monitor, nanos);
    } catch (InterruptedException e) {
      // Only close ends our threads.
    }
  }

  /** A wait that an interrupt ends. */
  public interface Wait {
    void atMost(long nanos) throws InterruptedException;
  }

  public static void uninterruptibly(Duration limit, Wait wait) {
    long deadline = System.nanoTime() + limit.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          wait.atMost(Math.max(0, deadline - System.nanoTime()));
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
