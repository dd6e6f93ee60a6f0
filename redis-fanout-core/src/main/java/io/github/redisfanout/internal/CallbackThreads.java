package io.github.redisfanout.internal;

import static io.github.redisfanout.internal.Log.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A pool for code that may block: starts a thread whenever a task waits and no thread is free. It
 * starts one thread at a time, so that a burst of short tasks needs few. The JDK's pools start
 * either as many as allowed at once, or none while one is busy. Thread-safe.
 */
public final class CallbackThreads implements Executor {
  /** Callbacks that may block at the same time before they delay those of other publishes. */
  public static final int MAX = 256;

  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final int maxThreads;
  private final ThreadFactory factory;

  @GuardedBy("this")
  private final ArrayDeque<Runnable> queue = new ArrayDeque<>();

  @GuardedBy("this")
  private int threads;

  @GuardedBy("this")
  private int idle;

  /** True while a started thread has not yet taken its first task. */
  @GuardedBy("this")
  private boolean starting;

  @GuardedBy("this")
  private boolean closed;

  public CallbackThreads(int maxThreads, ThreadFactory factory) {
    this.maxThreads = maxThreads;
    this.factory = factory;
  }

  @Override
  public synchronized void execute(Runnable task) {
    if (closed) {
      throw new RejectedExecutionException("the node is closed");
    }
    queue.add(task);
    wakeOrStartThread();
  }

  @GuardedBy("this")
  private void wakeOrStartThread() {
    if (idle > 0) {
      notify();
    } else if (!starting && threads < maxThreads) {
      try {
        factory.newThread(this::work).start();
      } catch (Error e) { // no thread can be made
        if (threads == 0) {
          queue.removeLast();
          throw e;
        }
        return; // a running thread takes the task later
      }
      threads++;
      starting = true;
    }
  }

  private void work() {
    for (Runnable task = next(true); task != null; task = next(false)) {
      try {
        task.run();
      } catch (Throwable e) {
        log.warn("Completing a publish failed", e);
      }
      Thread.interrupted(); // an interrupt was meant for the task
    }
  }

  private synchronized @Nullable Runnable next(boolean first) {
    if (first) {
      starting = false;
    }
    long left = IDLE_NANOS;
    while (queue.isEmpty()) {
      if (closed || left <= 0) {
        threads--;
        notifyAll();
        return null;
      }
      idle++;
      long since = System.nanoTime();
      Threads.awaitNotify(this, left);
      left -= System.nanoTime() - since;
      idle--;
    }
    Runnable task = queue.remove();
    if (!queue.isEmpty()) {
      wakeOrStartThread(); // this task may block
    }
    return task;
  }

  /** Takes no more tasks, waits for the others and the threads, unless called on one of ours. */
  public void close(Duration limit) {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    if (!Threads.isOurs()) {
      long deadline = System.nanoTime() + limit.toNanos();
      Threads.uninterruptibly(limit, this::awaitEnd);
      Threads.joinAll(factory, Duration.ofNanos(deadline - System.nanoTime()));
    }
  }

  private synchronized void awaitEnd(long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    for (long left = nanos; threads > 0 && left > 0; left = deadline - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }
}
