package io.github.redisfanout.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Remembers the result of one publish, for tests. Thread-safe. */
public final class RecordingCallback implements PublishCallback {
  private final CountDownLatch reported = new CountDownLatch(1);
  private final AtomicInteger reports = new AtomicInteger();
  private volatile boolean takenBack;
  private volatile @Nullable PublishFailure failure; // null unless failed
  private volatile @Nullable PublishAnswer answer; // null unless published
  private volatile @Nullable Throwable cause; // null unless failed

  /** A callback without a result yet. */
  public RecordingCallback() {}

  @Override
  public boolean claim() {
    return !takenBack;
  }

  @Override
  public void published(PublishAnswer answer) {
    this.answer = answer;
    reports.incrementAndGet();
    reported.countDown();
  }

  @Override
  public void failed(PublishFailure failure, Throwable cause) {
    this.failure = failure;
    this.cause = cause;
    reports.incrementAndGet();
    reported.countDown();
  }

  /** From now on the message may not be written any more. */
  public void takeBack() {
    takenBack = true;
  }

  /** How many results were reported; a backplane must report exactly one. */
  public int reports() {
    return reports.get();
  }

  /** The answer to the publish; null while nothing, or a failure, was reported. */
  public @Nullable PublishAnswer answer() {
    return answer;
  }

  /** How the publish failed; null while nothing, or success, was reported. */
  public @Nullable PublishFailure failure() {
    return failure;
  }

  /** Why the publish failed; null while nothing, or success, was reported. */
  public @Nullable Throwable cause() {
    return cause;
  }

  /** Waits up to 10 s for a report and expects success. */
  public void awaitPublished() throws InterruptedException {
    assertThat(awaitReport()).as("failure, null is success").isNull();
  }

  /** Waits up to 10 s for a report and returns how the publish failed; null is success. */
  public @Nullable PublishFailure awaitReport() throws InterruptedException {
    assertThat(reported.await(10, TimeUnit.SECONDS)).as("reported within 10 s").isTrue();
    return failure;
  }
}
