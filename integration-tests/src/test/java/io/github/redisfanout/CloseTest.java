package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is left after a node has been closed: nothing. */
class CloseTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(10);

  @Test
  void closeLeavesNoSubscriptionConnectionOrThread() throws Exception {
    RedisFanout node = RedisFanout.connect(redis.uri());
    node.awaitReady(LIMIT);
    RecordingTransport alice = new RecordingTransport();
    node.open("alice", alice);
    node.publisher().publishAndWait(List.of("alice"), "end", LIMIT);
    alice.awaitText("\"end\"");
    assertThat(connections()).hasSize(2);
    assertThat(threads()).isNotEmpty();

    node.close();

    assertNothingIsLeft();
    assertThat(redis.command("PUBSUB", "CHANNELS")).isEmpty();
  }

  @Test
  void closeDisconnectsEverySessionWithGoingAway() throws Exception {
    RedisFanout node = RedisFanout.connect(redis.uri());
    node.awaitReady(LIMIT);
    List<RecordingTransport> transports = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      RecordingTransport transport = new RecordingTransport();
      node.open("user_" + i, transport);
      transports.add(transport);
    }

    node.close();

    assertThat(transports)
        .allSatisfy(t -> assertThat(t.disconnects()).containsExactly(Disconnect.GOING_AWAY));
    assertThat(node.registry().sessionCount()).isZero();
    assertThat(node.counters().sessions()).isZero();
    assertNothingIsLeft();
  }

  @Test
  void closeDeliversWhatWasPublishedBefore() throws Exception {
    RedisFanout node = RedisFanout.connect(redis.uri());
    node.awaitReady(LIMIT);
    RecordingTransport alice = new RecordingTransport();
    node.open("alice", alice);
    List<CompletableFuture<Receipt>> futures = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      futures.add(node.publisher().publish(List.of("alice"), i));
    }

    node.close();

    for (CompletableFuture<Receipt> future : futures) {
      future.get(1, TimeUnit.SECONDS);
    }
    assertNothingIsLeft();
  }

  @Test
  void everyFutureCompletesWhenTheNodeClosesWhileRedisIsAway() throws Exception {
    redis.kill();
    RedisFanout node = RedisFanout.connect(redis.uri());
    List<CompletableFuture<Receipt>> futures = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      futures.add(node.publisher().publish(List.of("alice"), i));
    }

    node.close(Duration.ofMillis(200));

    for (CompletableFuture<Receipt> future : futures) {
      assertThatThrownBy(() -> future.get(5, TimeUnit.SECONDS))
          .hasCauseInstanceOf(PublishException.class)
          .hasMessageContaining("REJECTED");
    }
    assertNothingIsLeft();
  }

  @Test
  void sessionOpenedAfterCloseIsDisconnectedAtOnce() {
    RedisFanout node = RedisFanout.connect(redis.uri());
    node.close();
    RecordingTransport late = new RecordingTransport();

    FanoutSession session = node.open("alice", late);

    assertThat(late.awaitDisconnect()).isEqualTo(Disconnect.GOING_AWAY);
    assertThat(session.isOpen()).isFalse();
    assertThat(node.registry().sessionCount()).isZero();
  }

  @Test
  void nodeCanBeClosedFromACallbackOfAPublish() throws Exception {
    RedisFanout node = RedisFanout.connect(redis.uri());
    CountDownLatch closed = new CountDownLatch(1);

    node.publisher()
        .publish(List.of("alice"), "close")
        .whenComplete(
            (receipt, failure) -> {
              node.close();
              closed.countDown();
            });

    assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
    assertNothingIsLeft();
  }

  @Test
  void nodeCanBeClosedFromALane() throws Exception {
    RedisFanout node = RedisFanout.connect(redis.uri());
    node.awaitReady(LIMIT);
    CountDownLatch closed = new CountDownLatch(1);
    node.open(
        "alice",
        new RecordingTransport() {
          @Override
          public void write(Payload payload, WriteDone done) throws Exception {
            node.close();
            closed.countDown();
            super.write(payload, done);
          }
        });

    node.publisher().publish(List.of("alice"), "close");

    assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
    assertNothingIsLeft();
  }

  @Test
  void closeBeforeStartAndTwiceIsAllowed() {
    RedisFanout node =
        RedisFanout.builder(io.github.redisfanout.backplane.redis.RedisEndpoint.of(redis.uri()))
            .build();

    node.close();
    node.close();

    assertThatThrownBy(node::start).isInstanceOf(IllegalStateException.class);
    assertNothingIsLeft();
  }

  @Test
  void publishAfterCloseIsRejected() {
    RedisFanout node = RedisFanout.connect(redis.uri());
    node.close();

    CompletableFuture<Receipt> late = node.publisher().publish(List.of("alice"), "late");

    assertThatThrownBy(() -> late.get(5, TimeUnit.SECONDS))
        .hasMessageContaining("REJECTED")
        .hasMessageContaining("closed");
  }

  private static void assertNothingIsLeft() {
    await().atMost(LIMIT).untilAsserted(() -> assertThat(threads()).isEmpty());
    if (redis.isRunning()) {
      await().atMost(LIMIT).untilAsserted(() -> assertThat(connections()).isEmpty());
    }
  }

  /** Our connections, by the name that they give themselves. */
  private static List<String> connections() {
    return redis
        .command("CLIENT", "LIST")
        .lines()
        .filter(line -> line.contains("name=redis-fanout-"))
        .toList();
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.startsWith("redis-fanout-"))
        .toList();
  }
}
