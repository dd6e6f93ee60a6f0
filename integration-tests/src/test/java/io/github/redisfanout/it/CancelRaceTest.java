package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Cancel races with sending: its answer says whether the message was sent. */
class CancelRaceTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final int MESSAGES = 20_000;
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final List<String> ALICE = List.of("alice");

  @Test
  @Tag("full")
  void cancelledMessagesAreNeverReceivedAndAllOthersAre() throws Exception {
    FanoutConfig config =
        FanoutConfig.builder(Nodes.CHANNEL).sessionQueueMessages(MESSAGES + 1).build();
    try (Nodes nodes = new Nodes(redis.uri(), config)) {
      RedisFanout receiving = nodes.start();
      RecordingTransport alice = new RecordingTransport();
      receiving.open("alice", alice);
      Publisher publisher = nodes.startPublishOnly().publisher();
      BlockingQueue<CompletableFuture<Receipt>> cancelling = new ArrayBlockingQueue<>(2);
      FutureTask<List<Boolean>> answers = new FutureTask<>(() -> cancelAll(cancelling));
      new Thread(answers, "cancelling").start();

      List<CompletableFuture<Receipt>> futures = new ArrayList<>();
      for (int i = 0; i < MESSAGES; i++) {
        CompletableFuture<Receipt> future = publisher.publish(ALICE, i);
        futures.add(future);
        cancelling.put(future);
      }

      List<Boolean> cancelled = answers.get(60, TimeUnit.SECONDS);
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < MESSAGES; i++) {
        assertThat(futures.get(i).isCancelled()).isEqualTo(cancelled.get(i));
        if (!cancelled.get(i)) {
          futures.get(i).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
          expected.add(String.valueOf(i));
        }
      }
      publisher.publishAndWait(ALICE, "end", LIMIT);
      expected.add("\"end\"");
      alice.awaitText("\"end\"");
      assertThat(alice.texts()).isEqualTo(expected);
      assertThat(expected).as("both have happened").hasSizeBetween(10, MESSAGES - 10);
    }
  }

  /** Cancels after pauses of random length, to hit every step of the pipeline. */
  private static List<Boolean> cancelAll(BlockingQueue<CompletableFuture<Receipt>> futures)
      throws InterruptedException {
    Random random = new Random(1);
    List<Boolean> answers = new ArrayList<>();
    while (answers.size() < MESSAGES) {
      CompletableFuture<Receipt> future = futures.take();
      long until = System.nanoTime() + random.nextInt(200_000);
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      answers.add(future.cancel(true));
    }
    return answers;
  }
}
