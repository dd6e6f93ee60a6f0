package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.CloseReport;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.PublishException;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A closed node leaves nothing behind. */
class CloseTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(10);

  @Test
  void closeLeavesNoSubscriptionConnectionOrThread() throws Exception {
    RedisFanout node = RedisFanout.connect(redis.uri(), Nodes.CHANNEL);
    node.awaitReady(LIMIT);
    RecordingTransport alice = new RecordingTransport();
    node.open("alice", alice);
    node.publisher().publishAndWait(List.of("alice"), "end", LIMIT);
    alice.awaitText("\"end\"");
    await().atMost(LIMIT).until(() -> Leftovers.connections(redis).size() == 3);
    assertThat(Leftovers.threads()).isNotEmpty();

    node.close();

    Leftovers.assertNone(redis);
    assertThat(redis.command("PUBSUB", "CHANNELS")).isEmpty();
  }

  /** A container that reloads an application looks at once, and warns of a thread that lives. */
  @Test
  void noThreadIsAliveWhenCloseReturns() throws Exception {
    for (int round = 0; round < 100; round++) {
      RedisFanout node = RedisFanout.connect(redis.uri(), Nodes.CHANNEL);
      node.awaitReady(LIMIT);
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);
      node.publisher().publishAndWait(List.of("alice"), "end", LIMIT);
      alice.awaitText("\"end\"");

      node.close();

      assertThat(Leftovers.threads()).as("round %s", round).isEmpty();
    }
  }

  @Test
  void noThreadOfTheInMemoryBackplaneIsAliveWhenItIsClosed() {
    for (int round = 0; round < 100; round++) {
      InMemoryBackplane backplane = new InMemoryBackplane();
      RedisFanout node = RedisFanout.builder(backplane, FanoutConfig.of(Nodes.CHANNEL)).start();
      node.close();
      backplane.close(LIMIT);

      assertThat(Leftovers.threads()).as("round %s", round).isEmpty();
    }
  }

  @Test
  void closeDisconnectsEverySessionWithGoingAway() throws Exception {
    RedisFanout node = RedisFanout.connect(redis.uri(), Nodes.CHANNEL);
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
    assertThat(node.sessions("user_0")).isEmpty();
    assertThat(node.counters().sessions()).isZero();
    Leftovers.assertNone(redis);
  }

  @Test
  void closeDeliversWhatWasPublishedBefore() throws Exception {
    RedisFanout node = RedisFanout.connect(redis.uri(), Nodes.CHANNEL);
    node.awaitReady(LIMIT);
    RecordingTransport alice = new RecordingTransport();
    node.open("alice", alice);
    List<CompletableFuture<Receipt>> futures = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      futures.add(node.publisher().publish(List.of("alice"), i));
    }

    CloseReport report = node.close(LIMIT);

    assertThat(report).isEqualTo(new CloseReport(0, 0, 0, 1));
    assertThat(report.isComplete()).isTrue();
    for (CompletableFuture<Receipt> future : futures) {
      future.get(1, TimeUnit.SECONDS);
    }
    assertThat(node.close(LIMIT)).isEqualTo(report);
    Leftovers.assertNone(redis);
  }

  @Test
  void everyFutureCompletesWhenTheNodeClosesWhileRedisIsAway() throws Exception {
    redis.kill();
    RedisFanout node = RedisFanout.connect(redis.uri(), Nodes.CHANNEL);
    List<CompletableFuture<Receipt>> futures = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      futures.add(node.publisher().publish(List.of("alice"), i));
    }

    CloseReport report = node.close(Duration.ofMillis(200));

    assertThat(report).isEqualTo(new CloseReport(100, 0, 0, 0));
    assertThat(report.isComplete()).isFalse();
    for (CompletableFuture<Receipt> future : futures) {
      assertThatThrownBy(() -> future.get(5, TimeUnit.SECONDS))
          .hasCauseInstanceOf(PublishException.class)
          .hasMessageContaining("REJECTED");
    }
    Leftovers.assertNone(redis);
  }

  @Test
  void whatExpiresDuringCloseIsInTheReport() throws Exception {
    redis.kill();
    RedisFanout node =
        RedisFanout.builder(RedisEndpoint.of(redis.uri()), FanoutConfig.of(Nodes.CHANNEL))
            .redis(RedisConfig.builder().publishTimeout(Duration.ofMillis(300)).build())
            .start();
    CompletableFuture<Receipt> future = node.publisher().publish(List.of("alice"), "late");

    CloseReport report = node.close(LIMIT);

    assertThat(report).isEqualTo(new CloseReport(1, 0, 0, 0));
    assertThatThrownBy(() -> future.get(5, TimeUnit.SECONDS)).hasMessageContaining("EXPIRED");
  }
}
