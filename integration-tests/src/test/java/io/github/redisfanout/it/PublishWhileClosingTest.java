package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.PublishException;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** 64 threads publish while their node closes: every future completes, and its outcome is right. */
class PublishWhileClosingTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final int THREADS = 64;
  private static final int ROUNDS = 20;
  private static final int MESSAGES_OF_A_THREAD = 100;
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final List<String> ALICE = List.of("alice");

  // All that one round publishes may wait: an overflow would not be the publisher's fault.
  private static final FanoutConfig RECEIVING =
      FanoutConfig.builder(Nodes.CHANNEL)
          .sessionQueueMessages(THREADS * MESSAGES_OF_A_THREAD + 1)
          .build();

  private final int[] outcomes = new int[4]; // receipts, then by PublishFailure

  @Test
  @Tag("full")
  void everyFutureCompletesWithWhatHasHappened() throws Exception {
    try (Nodes nodes = new Nodes(redis.uri(), RECEIVING)) {
      RedisFanout receiving = nodes.start();
      for (int round = 0; round < ROUNDS; round++) {
        publishAndClose(receiving, round);
      }
    }
    assertThat(outcomes[0]).as("receipts").isPositive();
    assertThat(outcomes[1 + PublishFailure.REJECTED.ordinal()]).as("rejected").isPositive();
    assertThat(outcomes[1 + PublishFailure.EXPIRED.ordinal()]).as("expired").isZero();
    Leftovers.assertNone(redis);
  }

  private void publishAndClose(RedisFanout receiving, int round) throws Exception {
    RecordingTransport alice = new RecordingTransport();
    FanoutSession session = receiving.open("alice", alice);
    RedisFanout closing = RedisFanout.connect(redis.uri(), Nodes.CHANNEL);
    Map<String, CompletableFuture<Receipt>> futures = new ConcurrentHashMap<>();
    CountDownLatch half = new CountDownLatch(THREADS * MESSAGES_OF_A_THREAD / 2);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      String prefix = round + "-" + t + "-";
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < MESSAGES_OF_A_THREAD; i++) {
                  String id = prefix + i;
                  futures.put(id, closing.publisher().publish(ALICE, id));
                  half.countDown();
                }
              },
              "publishing-" + prefix);
      thread.start();
      threads.add(thread);
    }
    assertThat(half.await(20, TimeUnit.SECONDS)).isTrue();

    closing.close(round % 2 == 0 ? Duration.ZERO : LIMIT);

    for (Thread thread : threads) {
      thread.join(LIMIT.toMillis());
    }
    assertThat(futures).hasSize(THREADS * MESSAGES_OF_A_THREAD);
    check(receiving, alice, futures);
    session.clientLeft();
  }

  private void check(
      RedisFanout receiving,
      RecordingTransport alice,
      Map<String, CompletableFuture<Receipt>> futures)
      throws Exception {
    List<String> receipts = new ArrayList<>();
    Set<String> failures = new HashSet<>();
    for (Map.Entry<String, CompletableFuture<Receipt>> entry : futures.entrySet()) {
      String text = '"' + entry.getKey() + '"';
      try {
        entry.getValue().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        outcomes[0]++;
        receipts.add(text);
      } catch (ExecutionException e) {
        PublishFailure failure = ((PublishException) e.getCause()).failure();
        outcomes[1 + failure.ordinal()]++;
        if (failure != PublishFailure.UNKNOWN) {
          failures.add(text);
        }
      }
    }
    receiving.publisher().publishAndWait(ALICE, "end", LIMIT);
    alice.awaitText("\"end\"");
    Set<String> received = new HashSet<>(alice.texts());
    assertThat(alice.texts()).as("each once").hasSameSizeAs(received);
    assertThat(received.containsAll(receipts)).as("all with a receipt").isTrue();
    assertThat(Collections.disjoint(received, failures)).as("none that failed").isTrue();
  }
}
