package io.github.redisfanout.benchmarks;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waiting for a time, or for something to have happened. */
public final class Waits {
  private Waits() {}

  /** Waits until {@code System.nanoTime()} is at least this. */
  public static void until(long nanoTime) {
    for (long left = nanoTime - System.nanoTime(); left > 0; left = nanoTime - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /**
   * Looks again and again until a condition holds.
   *
   * @throws IllegalStateException if it does not hold within {@code limit}
   */
  public static void until(
      String what, Duration limit, Duration period, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("not within " + limit + ": " + what);
      }
      LockSupport.parkNanos(period.toNanos());
    }
  }
}
