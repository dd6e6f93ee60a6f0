package io.github.redisfanout;

import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.internal.wire.Control;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What this node says to all nodes, itself included, and hears from them. Thread-safe. */
final class OtherNodes implements NodeMessages {
  private final @Nullable Announcements announcements; // null: the backplane has no directory
  private final @Nullable PresenceTracking tracking; // null: it is not wanted
  private final Answers answers;
  private final Questions questions;
  private volatile @Nullable ScheduledExecutorService timer; // null before start
  private volatile boolean closed;

  OtherNodes(
      @Nullable Announcements announcements,
      @Nullable PresenceTracking tracking,
      Answers answers,
      Questions questions) {
    this.announcements = announcements;
    this.tracking = tracking;
    this.answers = answers;
    this.questions = questions;
  }

  /** Begins to repeat announcements. */
  void start(ScheduledExecutorService timer) {
    this.timer = timer;
    if (announcements != null) {
      repeat(timer, announcements::repeat);
    }
    if (tracking != null) {
      tracking.start(timer);
      repeat(timer, tracking::repeat);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // what is repeated throws nothing
  private static void repeat(ScheduledExecutorService timer, Runnable announcement) {
    long interval = Announcements.INTERVAL.toMillis();
    try {
      timer.scheduleWithFixedDelay(announcement, interval, interval, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The node is closed already.
    }
  }

  /** See {@link RedisFanout#nodes}. */
  CompletableFuture<Nodes> ask(Duration deadline) {
    ScheduledExecutorService started = timer;
    if (started == null && !closed) {
      throw new IllegalStateException("nodes: the node is not started; call start first");
    }
    return questions.ask(deadline, started);
  }

  @Override
  public void asked(String id) {
    answers.answer(id);
  }

  @Override
  public void answered(Control.Answer answer) {
    questions.answered(answer);
  }

  @Override
  public Set<String> channels() {
    return tracking == null ? Set.of() : tracking.channels();
  }

  @Override
  public void heard(byte[] message) {
    if (tracking != null) {
      tracking.heard(message);
    }
  }

  @Override
  public void countSession(String userId, int change) {
    if (tracking != null) {
      tracking.countSession(userId, change);
    }
  }

  @Override
  public void onReceiving(Direction now) {
    boolean up = now.state() == ConnectionState.UP;
    if (announcements != null) {
      announcements.receiving(up);
    }
    if (tracking != null) {
      tracking.receiving(up);
    }
  }

  /** The node leaves the directory, and its open questions end. */
  void close() {
    closed = true;
    answers.close();
    if (announcements != null) {
      announcements.close();
    }
    if (tracking != null) {
      tracking.close();
    }
    questions.close();
  }
}
