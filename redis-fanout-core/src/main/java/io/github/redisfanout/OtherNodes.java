package io.github.redisfanout;

import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.internal.wire.Control;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What this node says to all nodes, itself included, and hears from them. Thread-safe. */
final class OtherNodes implements NodeMessages {
  private final @Nullable Announcements announcements; // null: the backplane has no directory
  private final Answers answers;
  private final Questions questions;
  private volatile @Nullable ScheduledExecutorService timer; // null before start
  private volatile boolean closed;

  OtherNodes(@Nullable Announcements announcements, Answers answers, Questions questions) {
    this.announcements = announcements;
    this.answers = answers;
    this.questions = questions;
  }

  /** Begins to repeat announcements. */
  @SuppressWarnings("FutureReturnValueIgnored") // announcing throws nothing
  void start(ScheduledExecutorService timer) {
    this.timer = timer;
    if (announcements != null) {
      long interval = Announcements.INTERVAL.toMillis();
      try {
        timer.scheduleWithFixedDelay(
            announcements::repeat, interval, interval, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        // The node is closed already.
      }
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
  public void onReceiving(Direction now) {
    if (announcements != null) {
      announcements.receiving(now.state() == ConnectionState.UP);
    }
  }

  /** The node leaves the directory, and its open questions end. */
  void close() {
    closed = true;
    answers.close();
    if (announcements != null) {
      announcements.close();
    }
    questions.close();
  }
}
