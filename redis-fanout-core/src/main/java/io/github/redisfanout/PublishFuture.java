package io.github.redisfanout;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.internal.Callbacks;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One publish: the backplane's callback and the caller's future. The first call wins: {@code claim}
 * by the pipeline, which then writes the message, or {@code cancel}, which takes it back. Completed
 * on the callback executor, so that no user code runs on the pipeline's thread.
 */
final class PublishFuture extends CompletableFuture<Receipt> implements PublishCallback {
  private final Backplane backplane;
  private final int recipients;
  private final Router.@Nullable Way way; // null: all messages take the same
  private final Executor callbacks;
  private final Counters counters;
  private final @Nullable UnheardFailures unheard; // null: the caller waits for the outcome
  private final long startNanos = System.nanoTime();
  private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

  private enum State {
    WAITING,
    CLAIMED,
    ENDED,
    TAKEN_BACK
  }

  PublishFuture(
      Backplane backplane,
      int recipients,
      Router.@Nullable Way way,
      Executor callbacks,
      Counters counters,
      @Nullable UnheardFailures unheard) {
    this.backplane = backplane;
    this.recipients = recipients;
    this.way = way;
    this.callbacks = callbacks;
    this.counters = counters;
    this.unheard = unheard;
  }

  @Override
  public boolean claim() {
    return state.compareAndSet(State.WAITING, State.CLAIMED);
  }

  @Override
  public void unclaim() {
    state.compareAndSet(State.CLAIMED, State.WAITING);
  }

  /** Whether the future is completed, or is about to be by another thread. */
  boolean hasOutcome() {
    return state.get() == State.ENDED;
  }

  /** Takes the message back if it was not written; otherwise returns false. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (state.compareAndSet(State.WAITING, State.TAKEN_BACK)) {
      try {
        backplane.withdraw(this);
      } catch (Throwable e) {
        counters.userCodeFailures.increment();
      }
    }
    return state.get() == State.TAKEN_BACK && super.cancel(mayInterruptIfRunning);
  }

  @Override
  public void published(PublishAnswer answer) {
    state.updateAndGet(PublishFuture::ended);
    counters.published.increment();
    counters.publishNanos.add(System.nanoTime() - startNanos);
    if (way != null) {
      way.answered(answer);
    }
    later(() -> complete(receipt(answer)));
    if (unheard != null) {
      unheard.logIfAllowed();
    }
  }

  private Receipt receipt(PublishAnswer answer) {
    return way == null ? new Receipt(recipients, answer.nodes()) : way.receipt(recipients, answer);
  }

  @Override
  public void failed(PublishFailure failure, Throwable cause) {
    if (state.getAndUpdate(PublishFuture::ended) == State.TAKEN_BACK) {
      return; // before it expired or was rejected
    }
    counters.publishFailed(failure);
    later(() -> fail(failure, cause));
  }

  private void fail(PublishFailure failure, Throwable cause) {
    PublishException exception =
        failure == PublishFailure.EXPIRED
            ? PublishException.late(failure, cause, backplane)
            : new PublishException(failure, cause);
    boolean heard = getNumberOfDependents() > 0;
    if (completeExceptionally(exception) && !heard && unheard != null) {
      unheard.add(exception);
    }
  }

  private static State ended(State before) {
    return before == State.TAKEN_BACK ? before : State.ENDED;
  }

  private void later(Runnable completion) {
    Callbacks.run(callbacks, completion);
  }

  /** Dependent stages are ordinary futures. */
  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new CompletableFuture<>();
  }
}
