package io.github.redisfanout;

import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishOutcome;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One publish: the backplane's callback and the caller's future.
 *
 * <p>Whoever claims it first decides: the pipeline, which then writes it, or cancel, which takes it
 * back. Completed on the callback executor, so that no code of the application runs on the
 * pipeline's thread.
 */
final class PublishFuture extends CompletableFuture<Receipt> implements PublishCallback {
  private final int recipients;
  private final Executor callbacks;
  private final Counters counters;
  private final AtomicBoolean claimed = new AtomicBoolean();

  PublishFuture(int recipients, Executor callbacks, Counters counters) {
    this.recipients = recipients;
    this.callbacks = callbacks;
    this.counters = counters;
  }

  @Override
  public boolean claim() {
    return claimed.compareAndSet(false, true);
  }

  /** Takes the message back if it was not yet written; else does nothing and returns false. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return claim() ? super.cancel(mayInterruptIfRunning) : isCancelled();
  }

  @Override
  public void published(long receivers) {
    counters.published.increment();
    later(() -> complete(new Receipt(recipients, receivers)));
  }

  @Override
  public void failed(PublishOutcome outcome, Throwable cause) {
    if (isCancelled()) {
      return; // taken back before it expired or was rejected
    }
    counters.publishFailed(outcome);
    later(() -> completeExceptionally(new PublishException(outcome, cause)));
  }

  private void later(Runnable completion) {
    try {
      callbacks.execute(completion);
    } catch (RejectedExecutionException e) {
      // The executor has been shut down: a future that never completes would be worse.
      completion.run();
    }
  }

  /** Stages that depend on this one are ordinary futures. */
  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new CompletableFuture<>();
  }
}
