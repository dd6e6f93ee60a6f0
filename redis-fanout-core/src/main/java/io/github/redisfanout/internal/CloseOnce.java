package io.github.redisfanout.internal;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The first call closes, within its limit; other calls wait for it, each for its own limit. A later
 * call must not cut short the sending that the first one promised. Thread-safe.
 */
public final class CloseOnce {
  private final AtomicReference<@Nullable Thread> closing = new AtomicReference<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Whether {@link #close} was called. */
  public boolean hasBegun() {
    return closing.get() != null;
  }

  /**
   * Closes, or waits for the first call.
   *
   * @param close takes the limit in nanoseconds; 0 if the limit is negative
   */
  public void close(Duration limit, LongConsumer close) {
    // A limit too long for a long is reduced to the longest one.
    long nanos = Math.max(0, TimeUnit.NANOSECONDS.convert(requireNonNull(limit, "limit == null")));
    if (closing.compareAndSet(null, Thread.currentThread())) {
      try {
        close.accept(nanos);
      } finally {
        closed.countDown();
      }
    } else if (closing.get() != Thread.currentThread() && !Threads.isOurs()) {
      // Our own threads, and user code inside the first call, would wait for themselves.
      Threads.uninterruptibly(
          Duration.ofNanos(nanos), left -> closed.await(left, TimeUnit.NANOSECONDS));
    }
  }
}
