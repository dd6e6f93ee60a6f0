package io.github.redisfanout.benchmarks.sockets;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How far the clients are, as the load generator tells every few milliseconds. Thread-safe. */
public final class Progress {
  /** When nothing has arrived for so long, nothing will. */
  private static final Duration STALL = Duration.ofSeconds(5);

  @GuardedBy("this")
  private long total;

  @GuardedBy("this")
  private long fewest;

  @GuardedBy("this")
  private long lastArrival;

  @GuardedBy("this")
  private @Nullable String failure; // null while the load generator is well

  synchronized void reached(long newTotal, long newFewest, long arrival) {
    total = newTotal;
    fewest = newFewest;
    lastArrival = arrival;
    notifyAll();
  }

  synchronized void failed(String message) {
    if (failure == null) {
      failure = message;
      notifyAll();
    }
  }

  /** Waits until every client has so many messages; false if they stay away. */
  synchronized boolean awaitEach(long count) throws InterruptedException {
    long before = total;
    long deadline = System.nanoTime() + STALL.toNanos();
    while (fewest < count) {
      if (total != before) {
        before = total;
        deadline = System.nanoTime() + STALL.toNanos();
      }
      if (!awaitChange(deadline)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Waits until so many messages have arrived, or no more come.
   *
   * @return when the last one did, as {@code System.nanoTime()} of the load generator
   */
  public synchronized long awaitTotal(long count) throws InterruptedException {
    long before = -1;
    long deadline = 0;
    while (total < count) {
      if (total != before) {
        before = total;
        deadline = System.nanoTime() + STALL.toNanos();
      }
      if (!awaitChange(deadline)) {
        break;
      }
    }
    return lastArrival;
  }

  @GuardedBy("this")
  private boolean awaitChange(long deadline) throws InterruptedException {
    if (failure != null) {
      throw new IllegalStateException("the load generator failed: " + failure);
    }
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      return false;
    }
    wait(millis);
    return true;
  }
}
