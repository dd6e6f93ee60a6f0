package io.github.redisfanout.backplane.redis;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.BackplaneStatus;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reports every status in the order of the changes, which may come from several threads. Otherwise
 * an old status could overtake a new one when both directions change at the same time. Thread-safe;
 * reports without the lock, so the listener may call back.
 */
final class StatusReports {
  private final Supplier<BackplaneStatus> status;

  @GuardedBy("this")
  private final ArrayDeque<BackplaneStatus> waiting = new ArrayDeque<>();

  @GuardedBy("this")
  private boolean reporting;

  StatusReports(Supplier<BackplaneStatus> status) {
    this.status = status;
  }

  /** Reports the current status, or leaves that to the thread that reports an earlier one. */
  void report(Consumer<BackplaneStatus> listener) {
    synchronized (this) {
      waiting.add(status.get());
      if (reporting) {
        return;
      }
      reporting = true;
    }
    for (BackplaneStatus next = next(); next != null; next = next()) {
      listener.accept(next);
    }
  }

  private synchronized @Nullable BackplaneStatus next() {
    BackplaneStatus next = waiting.poll();
    reporting = next != null;
    return next;
  }
}
