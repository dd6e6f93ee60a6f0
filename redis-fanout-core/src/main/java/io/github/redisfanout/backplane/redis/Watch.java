package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.internal.Log.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.internal.Threads;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Does what takes time beside a link, on a thread of its own: opens connections for a probe, and
 * runs a periodic check. Thread-safe.
 */
final class Watch implements Runnable {
  private final Dialer dialer;
  private final Duration interval;
  private final Runnable check;

  @GuardedBy("this")
  private @Nullable QueuedPublish probe; // null if none waits

  @GuardedBy("this")
  private boolean closed;

  private volatile @Nullable OneConnection open; // null while none is

  /** {@code check} runs every interval; zero is never. */
  Watch(Dialer dialer, Duration interval, Runnable check) {
    this.dialer = dialer;
    this.interval = interval;
    this.check = check;
  }

  /** Publishes a probe on a new connection; replaces one that was not sent yet. */
  synchronized void publish(Outgoing message, PublishCallback callback) {
    probe = new QueuedPublish(message, callback, 0); // the deadline is not used
    notifyAll();
  }

  @Override
  public void run() {
    long due = System.nanoTime() + interval.toNanos();
    while (true) {
      QueuedPublish next;
      synchronized (this) {
        long left = interval.isZero() ? Long.MAX_VALUE : due - System.nanoTime();
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
      if (!interval.isZero() && System.nanoTime() - due >= 0) {
        due = System.nanoTime() + interval.toNanos();
        try {
          check.run();
        } catch (Throwable e) {
          log.debug("Checking the address of Redis failed", e);
        }
      }
    }
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
    try {
      new Batch(connection, List.of(next)).publish(unwritten -> {});
    } catch (Throwable e) {
      log.debug("A new connection to Redis was lost", e); // the probe has its outcome
    } finally {
      open = null;
      connection.cut();
    }
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
