package io.github.redisfanout;

import io.github.redisfanout.internal.Threads;
import io.github.redisfanout.internal.Warnings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Calls the listener on one thread, in order; the reporting thread never waits. Thread-safe. */
final class Notifier {
  private static final int MAX_WAITING = 1_000;

  private final FanoutListener listener;
  private final Counters counters;
  private final Warnings warnings = new Warnings();
  private final ThreadPoolExecutor executor;

  Notifier(FanoutListener listener, Counters counters) {
    this.listener = listener;
    this.counters = counters;
    executor = Threads.pool("listener", 1, new ArrayBlockingQueue<>(MAX_WAITING));
    executor.setRejectedExecutionHandler((event, e) -> counters.listenerEventsDropped.increment());
  }

  void report(Consumer<FanoutListener> event) {
    try {
      executor.execute(() -> call(event));
    } catch (Error e) { // no thread can be made; the reporting thread must go on
      counters.listenerEventsDropped.increment();
    }
  }

  /** One event for each element; waits and is dropped as one. */
  <T> void reportEach(List<T> elements, BiConsumer<FanoutListener, T> event) {
    report(listener -> elements.forEach(element -> call(l -> event.accept(l, element))));
  }

  private void call(Consumer<FanoutListener> event) {
    try {
      event.accept(listener);
    } catch (Throwable e) {
      counters.userCodeFailures.increment();
      warnings.warn("The listener threw", e);
    }
  }

  /** Delivers the waiting events for at most this long, and takes no more. */
  void close(Duration limit) {
    executor.shutdown();
    Threads.awaitTermination(executor, limit);
  }
}
