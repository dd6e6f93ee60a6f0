package io.github.redisfanout.backplane.redis;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.BackplaneStatus;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells every status in the order in which it came to be, whichever threads bring them.
 *
 * <p>Both directions change at the same time when Redis goes and comes: told by two threads, an old
 * status could overtake a new one and be believed until the next change. Thread-safe; tells outside
 * the lock, so the one who is told may call back.
 */
final class StatusReports {
  private final Supplier<BackplaneStatus> status;

  @GuardedBy("this")
  private final ArrayDeque<BackplaneStatus> untold = new ArrayDeque<>();

  @GuardedBy("this")
  private boolean telling;

  StatusReports(Supplier<BackplaneStatus> status) {
    this.status = status;
  }

  /** Tells the present status, or leaves that to the thread which is telling an earlier one. */
  void tell(Consumer<BackplaneStatus> listener) {
    synchronized (this) {
      untold.add(status.get());
      if (telling) {
        return;
      }
      telling = true;
    }
    for (BackplaneStatus next = next(); next != null; next = next()) {
      listener.accept(next);
    }
  }

  private synchronized @Nullable BackplaneStatus next() {
    BackplaneStatus next = untold.poll();
    telling = next != null;
    return next;
  }
}
