package io.github.redisfanout;

import io.github.redisfanout.internal.Log;
import io.github.redisfanout.internal.RateLimit;
import io.github.redisfanout.internal.Threads;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls the listener on one thread, in order; the thread that reports an event never waits. */
final class Notifier {
  private static final Logger log = LoggerFactory.getLogger(Log.CATEGORY);
  private static final int MAX_WAITING = 1_000;

  private final FanoutListener listener;
  private final Counters counters;
  private final RateLimit failureLogs = new RateLimit(Duration.ofSeconds(10));
  private final ThreadPoolExecutor executor;

  Notifier(FanoutListener listener, Counters counters) {
    this.listener = listener;
    this.counters = counters;
    executor =
        new ThreadPoolExecutor(
            1,
            1,
            1,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            Threads.daemons("listener"),
            (event, full) -> counters.listenerEventsDropped.increment());
    executor.allowCoreThreadTimeOut(true);
  }

  void report(Consumer<FanoutListener> event) {
    try {
      executor.execute(() -> call(event));
    } catch (Error e) {
      // No thread can be made: what the event is about must go on nevertheless.
      counters.listenerEventsDropped.increment();
    }
  }

  private void call(Consumer<FanoutListener> event) {
    try {
      event.accept(listener);
    } catch (Throwable e) {
      counters.userCodeFailures.increment();
      if (failureLogs.allows()) {
        log.warn("The listener threw", e);
      }
    }
  }

  /** Tells what still waits, for at most this long. */
  void close(Duration limit) {
    executor.shutdown();
    Threads.awaitTermination(executor, limit);
  }
}
