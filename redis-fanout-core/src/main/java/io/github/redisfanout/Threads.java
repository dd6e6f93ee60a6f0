package io.github.redisfanout;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Threads of ours: daemons with names, waited for without losing an interrupt. */
final class Threads {
  private Threads() {}

  static ThreadFactory daemons(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  /** A pool of so many threads, which end when they have nothing to do. */
  static ThreadPoolExecutor pool(String name, int threads) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads, threads, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons(name));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /** Waits for the thread's end, unless it is the caller's own. */
  static void join(Thread thread, Duration limit) {
    if (thread != Thread.currentThread()) {
      uninterruptibly(limit, nanos -> TimeUnit.NANOSECONDS.timedJoin(thread, nanos));
    }
  }

  /** Whether the caller is a thread of a node, which that node's close must not wait for. */
  static boolean isOurs() {
    return Thread.currentThread().getName().startsWith("redis-fanout-");
  }

  /** Waits for a pool that was shut down, unless the caller may be one of its threads. */
  static void awaitTermination(ExecutorService pool, Duration limit) {
    if (!isOurs()) {
      uninterruptibly(limit, nanos -> pool.awaitTermination(nanos, TimeUnit.NANOSECONDS));
    }
  }

  static void await(CountDownLatch latch, Duration limit) {
    uninterruptibly(limit, nanos -> latch.await(nanos, TimeUnit.NANOSECONDS));
  }

  static void pause(Duration time) {
    uninterruptibly(time, TimeUnit.NANOSECONDS::sleep);
  }

  interface Waiting {
    void atMost(long nanos) throws InterruptedException;
  }

  static void uninterruptibly(Duration limit, Waiting waiting) {
    long deadline = System.nanoTime() + limit.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          waiting.atMost(Math.max(0, deadline - System.nanoTime()));
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
