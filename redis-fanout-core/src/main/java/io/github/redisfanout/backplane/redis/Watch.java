package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.internal.Log.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.internal.Threads;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Does slow work for a link on its own thread: opens connections for probes, and runs periodic
 * tasks. Thread-safe.
 */
final class Watch implements Runnable {
  /** How soon something that failed is tried again. */
  private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

  /** A periodic task; confined to this thread. */
  static final class Task {
    private final Duration interval;
    private final BooleanSupplier action;
    private long dueNanos;

    /** {@code action} returns whether it succeeded. */
    Task(Duration interval, BooleanSupplier action) {
      this.interval = interval;
      this.action = action;
    }

    private void runIfDue() {
      long now = System.nanoTime();
      if (now - dueNanos < 0) {
        return;
      }
      boolean succeeded = false;
      try {
        succeeded = action.getAsBoolean();
      } catch (Throwable e) {
        log.warn("A task beside the connections to Redis failed", e);
      }
      long pause = interval.toNanos();
      dueNanos = now + (succeeded ? pause : Math.min(pause, RETRY_NANOS));
    }
  }

  private final Dialer dialer;
  private final List<Task> tasks;

  @GuardedBy("this")
  private @Nullable QueuedPublish probe; // null if none waits

  @GuardedBy("this")
  private boolean closed;

  private volatile @Nullable OneConnection open; // null while none is

  /** Tasks whose interval is zero are never run. */
  Watch(Dialer dialer, List<Task> tasks) {
    this.dialer = dialer;
    this.tasks = tasks.stream().filter(task -> !task.interval.isZero()).toList();
  }

  /** Publishes a probe on a new connection; replaces one that was not sent yet. */
  synchronized void publish(Outgoing message, PublishCallback callback) {
    probe = new QueuedPublish(message, callback, 0); // the deadline is not used
    notifyAll();
  }

  @Override
  public void run() {
    long start = System.nanoTime();
    tasks.forEach(task -> task.dueNanos = start + task.interval.toNanos());
    while (true) {
      QueuedPublish next;
      synchronized (this) {
        long left = nanosToNextTask();
        if (!closed && probe == null && left > 0) {
          Threads.awaitNotify(this, left);
        }
        if (closed) {
          return;
        }
        next = probe;
        probe = null;
      }
      if (next != null) {
        send(next);
      }
      tasks.forEach(Task::runIfDue);
    }
  }

  private long nanosToNextTask() {
    long now = System.nanoTime();
    return tasks.stream().mapToLong(task -> task.dueNanos - now).min().orElse(Long.MAX_VALUE);
  }

  private void send(QueuedPublish next) {
    OneConnection connection;
    try {
      connection = dialer.dial("redis-fanout-check");
    } catch (Throwable e) {
      next.fail(PublishFailure.REJECTED, e);
      return;
    }
    open = connection;
    if (isClosed()) {
      connection.cut(); // close may have seen none
    }
    try {
      new Batch(connection, List.of(next), null, new Outcomes(channel -> false))
          .publish(unwritten -> {}, () -> {});
    } catch (Throwable e) {
      log.debug("A new connection to Redis was lost", e); // the probe has its outcome
    } finally {
      open = null;
      connection.cut();
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    OneConnection connection = open;
    if (connection != null) {
      connection.cut();
    }
  }
}
