package io.github.redisfanout;

import io.github.redisfanout.internal.Warnings;
import java.time.Duration;
import java.util.concurrent.ThreadPoolExecutor;
import org.jspecify.annotations.Nullable;

/**
 * Finds out that all threads of a pool are stuck in transports, which may block there, but not for
 * long: the calls for other sessions wait for them. Checked by one timer.
 */
final class PoolWatch {
  private static final long PATIENCE_NANOS = Duration.ofSeconds(10).toNanos();

  private final ThreadPoolExecutor pool;
  private final String method;
  private final Warnings warnings = new Warnings();
  private volatile @Nullable String trouble; // null unless stuck

  // Confined to the timer.
  private long completed = -1;
  private long sinceNanos;

  /** {@code method} is what the pool's threads call. */
  PoolWatch(ThreadPoolExecutor pool, String method) {
    this.pool = pool;
    this.method = method;
  }

  /** For people; null while the pool works. */
  @Nullable String trouble() {
    return trouble;
  }

  /** {@code now} is read as {@link System#nanoTime} is. */
  void check(long now) {
    int waiting = pool.getQueue().size();
    long done = pool.getCompletedTaskCount();
    if (waiting == 0 || done != completed) {
      completed = done;
      sinceNanos = now;
      trouble = null;
    } else if (now - sinceNanos >= PATIENCE_NANOS) {
      trouble =
          "%s calls of %s do not return, and %s sessions wait for it"
              .formatted(pool.getPoolSize(), method, waiting);
      warnings.warn("All threads are stuck: {}", trouble);
    }
  }
}
