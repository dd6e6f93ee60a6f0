package io.github.redisfanout.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishOutcome;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Remembers what became of one publish, for tests. Thread-safe. */
public final class RecordingCallback implements PublishCallback {
  private final CountDownLatch told = new CountDownLatch(1);
  private final AtomicInteger reports = new AtomicInteger();
  private volatile boolean takenBack;
  private volatile @Nullable PublishOutcome outcome; // null unless failed
  private volatile @Nullable Throwable cause; // null unless failed

  /** A callback that was told nothing yet. */
  public RecordingCallback() {}

  @Override
  public boolean claim() {
    return !takenBack;
  }

  @Override
  public void published(long receivers) {
    reports.incrementAndGet();
    told.countDown();
  }

  @Override
  public void failed(PublishOutcome outcome, Throwable cause) {
    this.outcome = outcome;
    this.cause = cause;
    reports.incrementAndGet();
    told.countDown();
  }

  /** From now on the message may not be written any more. */
  public void takeBack() {
    takenBack = true;
  }

  /** How often an outcome was reported: a backplane must do so once. */
  public int reports() {
    return reports.get();
  }

  /** How the publish failed; null while nothing, or success, was reported. */
  public @Nullable PublishOutcome outcome() {
    return outcome;
  }

  /** Why the publish failed; null while nothing, or success, was reported. */
  public @Nullable Throwable cause() {
    return cause;
  }

  /** Waits up to 10 s for a report and expects success. */
  public void awaitPublished() throws InterruptedException {
    assertThat(awaitReport()).as("outcome, null is success").isNull();
  }

  /** Waits up to 10 s for a report and returns how the publish failed; null is success. */
  public @Nullable PublishOutcome awaitReport() throws InterruptedException {
    assertThat(told.await(10, TimeUnit.SECONDS)).as("reported within 10 s").isTrue();
    return outcome;
  }
}
