package io.github.redisfanout;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Closes the sessions of a node, spread over a time. Thread-safe; begins once. */
final class Drain {
  private static final long TICK_MILLIS = 20;

  private final Lanes lanes;
  private final ScheduledExecutorService timer;
  private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
  private volatile @Nullable Instant since; // null while the node takes sessions

  // Confined to the timer's thread.
  private final Deque<FanoutSession> waiting = new ArrayDeque<>();
  private int sessions;
  private long startNanos;
  private long spreadNanos;

  Drain(Lanes lanes, ScheduledExecutorService timer) {
    this.lanes = lanes;
    this.timer = timer;
  }

  /** When it began; null before. */
  @Nullable Instant since() {
    return since;
  }

  boolean hasBegun() {
    return since != null;
  }

  /** Closes the open sessions, spread over this time. */
  CompletableFuture<@Nullable Void> begin(Duration spread) {
    synchronized (this) {
      if (hasBegun()) {
        return done.copy();
      }
      since = Instant.now();
    }
    try {
      timer.execute(() -> start(spread.toNanos()));
    } catch (RejectedExecutionException e) {
      end(); // the node has closed
    }
    return done.copy();
  }

  private void start(long nanos) {
    List<FanoutSession> all = lanes.sessions();
    Collections.shuffle(all); // clients that connected together should not leave together
    waiting.addAll(all);
    sessions = all.size();
    startNanos = System.nanoTime();
    spreadNanos = nanos;
    tick();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is scheduled throws nothing
  private void tick() {
    long elapsed = System.nanoTime() - startNanos;
    boolean last = elapsed >= spreadNanos;
    int due = last ? sessions : (int) (sessions * ((double) elapsed / spreadNanos));
    close(due - (sessions - waiting.size()), last);
    if (waiting.isEmpty() || !lanes.hasSessions()) { // the clients may have left
      end();
      return;
    }
    try {
      timer.schedule(this::tick, TICK_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      end(); // the node has closed
    }
  }

  /** Closes this many; sessions with messages to write come later, while there is time. */
  private void close(int count, boolean last) {
    int left = count;
    for (int looks = waiting.size(); left > 0 && looks > 0; looks--) {
      FanoutSession session = waiting.remove();
      if (last || !session.isOpen() || session.isIdle()) {
        session.disconnect(Disconnect.GOING_AWAY);
        left--;
      } else {
        waiting.add(session);
      }
    }
  }

  /** All sessions are closed, or the node is. */
  void end() {
    done.complete(null);
  }
}
