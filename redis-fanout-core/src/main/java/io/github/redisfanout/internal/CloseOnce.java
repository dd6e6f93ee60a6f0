package io.github.redisfanout.internal;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The first call closes, and its limit counts; calls meanwhile wait for it, each for its own limit.
 *
 * <p>They must not end what the first one promised to send. Thread-safe.
 */
public final class CloseOnce {
  private final AtomicReference<@Nullable Thread> closing = new AtomicReference<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * Closes, or waits for the first call.
   *
   * @param close gets the limit in nanoseconds, 0 at least
   */
  public void close(Duration limit, LongConsumer close) {
    long nanos = nanos(limit);
    if (closing.compareAndSet(null, Thread.currentThread())) {
      try {
        close.accept(nanos);
      } finally {
        closed.countDown();
      }
    } else if (closing.get() != Thread.currentThread() && !Threads.isOurs()) {
      // Our own threads, and code of the application inside the first call, would wait for
      // themselves.
      Threads.await(closed, Duration.ofNanos(nanos));
    }
  }

  /** A negative limit is none at all; what is too long for a long is for ever. */
  private static long nanos(Duration limit) {
    return Math.max(0, TimeUnit.NANOSECONDS.convert(requireNonNull(limit, "limit == null")));
  }
}
