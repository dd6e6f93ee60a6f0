package io.github.redisfanout.benchmarks.sockets;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How far the clients are, as the load generator reports every few milliseconds. Thread-safe. */
public final class Progress {
  /** When nothing has arrived for this long, nothing will. */
  private static final Duration STALL = Duration.ofSeconds(5);

  @GuardedBy("this")
  private long total;

  @GuardedBy("this")
  private long fewest;

  @GuardedBy("this")
  private @Nullable String failure; // null while the load generator is well

  /** Takes a line of the load generator; false if it says nothing about progress. */
  synchronized boolean read(String line) {
    String[] words = line.split(" ", 2);
    if (words[0].equals("progress")) {
      String[] counts = words[1].split(" ");
      total = Long.parseLong(counts[0]);
      fewest = Long.parseLong(counts[1]);
    } else if (words[0].equals("failed")) {
      failure = words[1];
    } else {
      return false;
    }
    notifyAll();
    return true;
  }

  /** Waits until every client has this many messages; false if no more arrive. */
  synchronized boolean awaitEach(long count) throws InterruptedException {
    return await(true, count);
  }

  /** Waits until this many messages have arrived, or no more come. */
  public synchronized void awaitTotal(long count) throws InterruptedException {
    await(false, count);
  }

  @GuardedBy("this")
  private boolean await(boolean each, long count) throws InterruptedException {
    long before = -1;
    long deadline = 0;
    while ((each ? fewest : total) < count) {
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
