package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Cancel takes back what was not written, and only that. */
class PublishCancelTest {
  private static final List<String> ALICE = List.of("alice");

  private final FakeBackplane backplane = new FakeBackplane();
  private final Publisher publisher = backplane.publisher(Runnable::run);

  private PublishCallback callback() {
    return backplane.callbacks.get(0);
  }

  @Test
  void cancelTakesBackAMessageThatWasNotWritten() {
    CompletableFuture<Receipt> future = publisher.publish(ALICE, 1);

    assertThat(future.cancel(false)).isTrue();
    assertThat(future.cancel(false)).isTrue();

    assertThat(backplane.withdrawn).containsExactly(callback());
    assertThat(callback().claim()).isFalse();
    callback().failed(PublishFailure.EXPIRED, new IllegalStateException("late"));
    assertThat(publisher.counters().publishExpired()).isZero();
    assertThat(future).isCancelled();
  }

  @Test
  void cancelDoesNothingOnceTheMessageIsBeingWritten() throws Exception {
    CompletableFuture<Receipt> future = publisher.publish(ALICE, 1);
    assertThat(callback().claim()).isTrue();

    assertThat(future.cancel(true)).isFalse();
    assertThat(backplane.withdrawn).isEmpty();

    callback().published(PublishAnswer.ofNodes(1));
    assertThat(future.get(10, TimeUnit.SECONDS))
        .returns(1, Receipt::recipients)
        .returns(1L, Receipt::nodes);
    assertThat(future.cancel(true)).isFalse();
  }

  @Test
  void cancelAfterAFailureThatWasCountedDoesNotHideIt() {
    AtomicReference<Runnable> later = new AtomicReference<>();
    Publisher slow = backplane.publisher(later::set);
    CompletableFuture<Receipt> future = slow.publish(ALICE, 1);

    callback().failed(PublishFailure.EXPIRED, new IllegalStateException("late"));

    assertThat(future.cancel(false)).isFalse();
    later.get().run();
    assertThat(future).isCompletedExceptionally().isNotCancelled();
    assertThat(slow.counters().publishExpired()).isEqualTo(1);
  }

  /** Never UNKNOWN: nothing was written. */
  @Test
  void failureAtTheMomentWhenTheWaitEndsIsTheOutcome() throws Exception {
    CompletableFuture<Boolean> counted = new CompletableFuture<>();
    CompletableFuture<Boolean> mayComplete = new CompletableFuture<>();
    Throwable slow =
        new IllegalStateException() {
          @Override
          public String getMessage() { // between the count and the completion of the future
            counted.complete(true);
            mayComplete.join();
            return "late";
          }
        };
    Thread waiting = Thread.currentThread();
    Thread completing =
        new Thread(
            () -> {
              await().until(() -> waiting.getState() == Thread.State.WAITING);
              mayComplete.complete(true);
            });
    backplane.onPublish =
        callback -> {
          new Thread(() -> callback.failed(PublishFailure.EXPIRED, slow)).start();
          counted.join();
          completing.start();
        };

    assertThatThrownBy(() -> publisher.publishAndWait(ALICE, 1, Duration.ofMillis(1)))
        .isInstanceOfSatisfying(
            PublishException.class, e -> assertThat(e.failure()).isEqualTo(PublishFailure.EXPIRED));

    assertThat(publisher.counters().publishExpired()).isEqualTo(1);
  }

  @Test
  void backplaneThatThrowsDoesNotKeepTheFutureFromEnding() {
    backplane.refusingToWithdraw = true;
    CompletableFuture<Receipt> future = publisher.publish(ALICE, 1);

    assertThat(future.cancel(false)).isTrue();

    assertThat(future).isCancelled();
    assertThat(callback().claim()).isFalse();
    assertThat(publisher.counters().userCodeFailures()).isEqualTo(1);
  }
}
