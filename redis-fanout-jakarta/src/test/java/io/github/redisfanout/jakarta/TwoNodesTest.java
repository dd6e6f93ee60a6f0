package io.github.redisfanout.jakarta;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TwoNodesTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static void publish(TomcatNode node, List<String> users, String json) {
    CompletableFuture<Receipt> published = node.fanout.publisher().publishJson(users, json);
    published.orTimeout(10, SECONDS).join();
  }

  @Test
  void aPublishOnOneNodeReachesAUserOnTheOtherExactlyOnceAndByteForByte() {
    try (TomcatNode a = TomcatNode.start(redis.uri());
        TomcatNode b = TomcatNode.start(redis.uri())) {
      RecordingClient alice = a.connect("alice");
      RecordingClient bob = b.connect("bob");
      RecordingClient bobsPhone = a.connect("bob");
      RecordingClient carol = b.connect("carol");
      String odd =
          "{\"z\" : 1.50e2,\t\"a\":\"xin ch\u00e0o \\u00e9 \\/ \uD83D\uDE00\",\"z\":null,\"l\":\""
              + "\uD83D\uDE00\u00e9x".repeat(10_000)
              + "\"}";

      publish(a, List.of("bob", "alice", "bob"), odd);
      publish(a, List.of("alice", "bob", "carol"), "\"end\"");

      assertThat(bob.next(2)).containsExactly(odd, "\"end\"");
      assertThat(bobsPhone.next(2)).containsExactly(odd, "\"end\"");
      assertThat(alice.next(2)).containsExactly(odd, "\"end\"");
      assertThat(carol.next()).isEqualTo("\"end\"");
    }
  }

  @Test
  void aBurstArrivesInOrder() {
    try (TomcatNode a = TomcatNode.start(redis.uri());
        TomcatNode b =
            TomcatNode.builder(redis.uri())
                .config(config -> config.sessionQueueMessages(5_000))
                .start()) {
      RecordingClient bob = b.connect("bob");

      for (int i = 0; i < 5_000; i++) {
        a.fanout.publisher().publish(List.of("bob"), i);
      }

      List<String> sent = IntStream.range(0, 5_000).mapToObj(Integer::toString).toList();
      assertThat(bob.next(5_000)).isEqualTo(sent);
    }
  }

  @Test
  @Tag("full")
  void sendsFanOutAndPingsNeverCollide() throws Exception {
    int threads = 8;
    int each = 250;
    ExecutorService pool = Executors.newFixedThreadPool(2 * threads);
    try (TomcatNode a = TomcatNode.start(redis.uri());
        TomcatNode b =
            TomcatNode.builder(redis.uri())
                .config(
                    config ->
                        config
                            .sessionQueueMessages(2 * threads * each)
                            .sessionQueueBytes(100 << 20)
                            .pingInterval(Duration.ofMillis(1)))
                .start()) {
      RecordingClient bob = b.connect("bob");
      FanoutSession session = b.fanout.sessions("bob").get(0);
      // Longer than Tomcat's buffer, so that a message is written in several pieces.
      String filler = "\u00e9".repeat(6_000);
      CountDownLatch gate = new CountDownLatch(1);
      List<Future<?>> running = new ArrayList<>();
      List<String> expected = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int thread = t;
        for (int i = 0; i < each; i++) {
          expected.add("\"sent " + t + " " + i + filler + "\"");
          expected.add("\"published " + t + " " + i + filler + "\"");
        }
        running.add(
            pool.submit(
                () -> {
                  gate.await();
                  for (int i = 0; i < each; i++) {
                    assertThat(session.send("sent " + thread + " " + i + filler)).isTrue();
                  }
                  return null;
                }));
        running.add(
            pool.submit(
                () -> {
                  gate.await();
                  for (int i = 0; i < each; i++) {
                    a.fanout
                        .publisher()
                        .publish(List.of("bob"), "published " + thread + " " + i + filler)
                        .orTimeout(10, SECONDS)
                        .join();
                  }
                  return null;
                }));
      }

      gate.countDown();
      for (Future<?> one : running) {
        one.get(30, SECONDS);
      }

      assertThat(bob.next(2 * threads * each)).containsExactlyInAnyOrderElementsOf(expected);
      assertThat(bob.isClosed()).isFalse();
      await().untilAsserted(() -> assertThat(bob.pings()).isPositive());
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void twoNodesInOneJvmShareNothing() {
    try (TomcatNode b = TomcatNode.start(redis.uri())) {
      RecordingClient bob = b.connect("bob");
      try (TomcatNode a = TomcatNode.start(redis.uri())) {
        RecordingClient alice = a.connect("alice");

        assertThat(a.fanout.sessions("bob")).isEmpty();
        assertThat(b.fanout.sessions("alice")).isEmpty();
        assertThat(a.fanout.counters().sessions()).isOne();
        assertThat(b.fanout.counters().sessions()).isOne();

        a.fanout.close();
        assertThat(alice.awaitClosed()).isEqualTo("1001 node is shutting down");
      }
      publish(b, List.of("bob"), "1");
      assertThat(bob.next()).isEqualTo("1");
      assertThat(bob.isClosed()).isFalse();
    }
  }
}
