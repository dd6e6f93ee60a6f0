package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From publish to the future's end; the rules of payloads and limits have tests of their own. */
class PublisherTest {
  private static final List<String> ALICE = List.of("alice");
  private static final Duration LONG = Duration.ofSeconds(20);

  private final FakeBackplane backplane = new FakeBackplane();
  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "callbacks"));
  private final Publisher publisher = backplane.publisher(executor);

  @AfterEach
  void close() {
    executor.shutdownNow();
  }

  private PublishCallback callback() {
    await().pollInterval(Duration.ofMillis(5)).until(() -> !backplane.callbacks.isEmpty());
    return backplane.callbacks.get(0);
  }

  @Test
  void userNamedTwiceCountsOnceAndTheOrderIsKept() throws Exception {
    CompletableFuture<Receipt> future = publisher.publish(List.of("bob", "alice", "bob"), 1);
    callback().published(PublishAnswer.ofNodes(7));

    assertThat(future.get(10, TimeUnit.SECONDS))
        .returns(2, Receipt::recipients)
        .returns(7L, Receipt::nodes);
    assertThat(new String(backplane.published.get(0).bytes(), StandardCharsets.UTF_8))
        .isEqualTo("{\"target_user_ids\":[\"bob\",\"alice\"],\"payload\":1}");
    assertThat(publisher.counters().published()).isEqualTo(1);
  }

  @Test
  void nobodyToPublishToSucceedsAndSendsNothing() {
    assertThat(publisher.publish(List.of(), 1))
        .isCompletedWithValueMatching(receipt -> receipt.recipients() == 0 && receipt.nodes() == 0);
    assertThat(publisher.publishJson(List.of(), "1"))
        .isCompletedWithValueMatching(receipt -> receipt.recipients() == 0 && receipt.nodes() == 0);
    assertThat(backplane.published).isEmpty();
  }

  @Test
  void nothingIsPublishedWhenAnArgumentIsWrong() {
    assertThatThrownBy(() -> publisher.publish(List.of("alice", ""), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("userId must not be empty");
    assertThatThrownBy(() -> publisher.publishJson(ALICE, "1 2"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> publisher.publish(List.of(), new Object()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(backplane.published).isEmpty();
  }

  @Test
  void futuresEndOnTheCallbackExecutor() throws Exception {
    CompletableFuture<String> good =
        publisher.publish(ALICE, 1).thenApply(r -> Thread.currentThread().getName());
    callback().published(PublishAnswer.ofNodes(1));
    CompletableFuture<String> bad =
        publisher.publish(ALICE, 2).handle((r, e) -> Thread.currentThread().getName());
    backplane.callbacks.get(1).failed(PublishFailure.UNKNOWN, new IllegalStateException("lost"));

    assertThat(good.get(10, TimeUnit.SECONDS)).isEqualTo("callbacks");
    assertThat(bad.get(10, TimeUnit.SECONDS)).isEqualTo("callbacks");
  }

  @Test
  void futureEndsWhateverTheExecutorThrowsAndNotOnTheThreadThatSends() {
    for (Throwable thrown :
        List.of(
            new RejectedExecutionException("shut down"),
            new IllegalStateException("undeployed"),
            new NoClassDefFoundError("by the test"))) {
      FakeBackplane own = new FakeBackplane();
      Publisher refused = own.publisher(task -> sneakyThrow(thrown));
      CompletableFuture<Receipt> good = refused.publish(ALICE, 1);
      CompletableFuture<Receipt> bad = refused.publish(ALICE, 1);

      CompletableFuture<Thread> endedOn = good.thenApply(receipt -> Thread.currentThread());

      own.callbacks.get(0).published(PublishAnswer.ofNodes(1));
      own.callbacks.get(1).failed(PublishFailure.EXPIRED, new IllegalStateException("late"));

      await().until(() -> endedOn.isDone() && bad.isDone());
      assertThat(good)
          .as("%s", thrown)
          .isCompletedWithValueMatching(
              receipt -> receipt.recipients() == 1 && receipt.nodes() == 1);
      assertThat(bad).as("%s", thrown).isCompletedExceptionally();
      assertThat(endedOn.getNow(Thread.currentThread())).isNotSameAs(Thread.currentThread());
    }
  }

  private static void sneakyThrow(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) thrown;
  }

  @Test
  void failureSaysWhatItMeansForTheMessage() {
    for (PublishFailure failure : PublishFailure.values()) {
      FakeBackplane own = new FakeBackplane();
      Publisher publishing = own.publisher(Runnable::run);
      CompletableFuture<Receipt> future = publishing.publish(ALICE, 1);

      own.callbacks.get(0).failed(failure, new IllegalStateException("by the test"));

      assertThatThrownBy(future::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(PublishException.class)
          .hasMessage("publish " + failure + ": by the test")
          .hasFieldOrPropertyWithValue("failure", failure);
      FanoutCounters counts = publishing.counters();
      assertThat(counts.publishRejected() + counts.publishExpired() + counts.publishUnknown())
          .isEqualTo(1);
    }
  }

  @Test
  void publisherOfAClosedNodeRejects() {
    publisher.stop();
    publisher.stop();

    CompletableFuture<Receipt> future = publisher.publish(ALICE, 1);

    assertThatThrownBy(() -> future.get(10, TimeUnit.SECONDS))
        .hasMessageContaining("publish REJECTED: the node is closed");
    assertThat(backplane.published).isEmpty();
    assertThat(publisher.counters().publishRejected()).isEqualTo(1);
    assertThat(backplane.closed).isFalse();
  }

  @Test
  void waitingForAnOutcomeGivesIt() throws Exception {
    executor.execute(() -> callback().published(PublishAnswer.ofNodes(3)));

    assertThat(publisher.publishAndWait(ALICE, 1, LONG))
        .returns(1, Receipt::recipients)
        .returns(3L, Receipt::nodes);
  }

  @Test
  void waitingEndsWithExpiredIfTheMessageIsTakenBackAndUnknownIfItMayHaveLeft() {
    assertThatThrownBy(() -> publisher.publishAndWait(ALICE, 1, Duration.ofMillis(20)))
        .hasMessageStartingWith("publish EXPIRED: no outcome within PT0.02S");
    assertThat(callback().claim()).isFalse();

    FakeBackplane claiming = new FakeBackplane();
    Publisher waiting = claiming.publisher(executor);
    executor.execute(
        () -> {
          await().pollInterval(Duration.ofMillis(1)).until(() -> !claiming.callbacks.isEmpty());
          claiming.callbacks.get(0).claim();
        });
    assertThatThrownBy(() -> waiting.publishAndWait(ALICE, 1, Duration.ofMillis(500)))
        .hasMessageStartingWith("publish UNKNOWN: no outcome within PT0.5S");
  }

  @Test
  void waitingDoesNotNeedTheCallbackExecutor() throws Exception {
    // On that executor's only thread, which a chain of stages may well do.
    CompletableFuture<Receipt> nested =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return publisher.publishAndWait(ALICE, 1, Duration.ofSeconds(5));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            },
            executor);

    callback().published(PublishAnswer.ofNodes(1));

    assertThat(nested.get(20, TimeUnit.SECONDS))
        .returns(1, Receipt::recipients)
        .returns(1L, Receipt::nodes);
  }

  @Test
  void rejectionIsReportedAsItIsEvenIfTheCallbackExecutorHasNoTime() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    executor.execute(() -> awaitUninterruptibly(busy));
    CompletableFuture<Throwable> outcome =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return new AssertionError(
                    publisher.publishAndWait(ALICE, 1, Duration.ofMillis(500)));
              } catch (PublishException | InterruptedException e) {
                return e;
              }
            });
    callback().claim();
    callback().failed(PublishFailure.REJECTED, new IllegalStateException("NOPERM"));

    assertThat(outcome.get(10, TimeUnit.SECONDS)).hasMessage("publish REJECTED: NOPERM");
    busy.countDown();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean open = false;
    while (!open) {
      try {
        open = latch.await(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  @Test
  void interruptWhileWaitingTakesTheMessageBack() throws Exception {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread waiting =
        new Thread(
            () -> {
              try {
                publisher.publishAndWait(ALICE, 1, LONG);
              } catch (InterruptedException | RuntimeException e) {
                thrown.set(e);
              }
            });
    waiting.start();
    PublishCallback callback = callback();

    waiting.interrupt();

    waiting.join(10_000);
    assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
    assertThat(callback.claim()).isFalse();
  }

  @Test
  void waitingWithoutALimitIsAllowed() throws Exception {
    Executor here = Runnable::run;
    Publisher publishing = backplane.publisher(here);
    executor.execute(() -> callback().published(PublishAnswer.ofNodes(1)));

    assertThat(publishing.publishAndWait(ALICE, 1, ChronoUnit.FOREVER.getDuration()))
        .returns(1, Receipt::recipients)
        .returns(1L, Receipt::nodes);
  }
}
