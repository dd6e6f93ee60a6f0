package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.PublishException;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node without sessions: no receiving connection, and states and health as every node. */
@Timeout(60)
class PublishOnlyTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final List<String> ALICE = List.of("alice");

  private final List<ConnectionState> receiving = new CopyOnWriteArrayList<>();
  private final List<ConnectionState> publishing = new CopyOnWriteArrayList<>();
  private final FanoutListener listener =
      new FanoutListener() {
        @Override
        public void onReceiving(ConnectionState state, String reason) {
          receiving.add(state);
        }

        @Override
        public void onPublishing(ConnectionState state, String reason) {
          publishing.add(state);
        }
      };

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(redis);
  }

  private RedisFanout start() {
    return RedisFanout.builder(RedisEndpoint.of(redis.uri()), FanoutConfig.of(Nodes.CHANNEL))
        .publishOnly()
        .listener(listener)
        .start();
  }

  @Test
  void itHasOneConnectionAndNoSessions() throws Exception {
    try (RedisFanout node = start()) {
      assertThat(node.awaitReady(LIMIT)).isTrue();

      assertThat(node.publisher().publishAndWait(ALICE, "hello", LIMIT).nodes()).isZero();
      assertThat(redis.command("CLIENT", "LIST", "TYPE", "pubsub")).isEmpty();
      assertThat(Leftovers.connections(redis))
          .singleElement()
          .asString()
          .contains("name=redis-fanout-publish");
      assertThatThrownBy(() -> node.open("alice", new RecordingTransport()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("open: the node only publishes");
      assertThat(node.sessions("alice")).isEmpty();
      assertThat(node.disconnect("alice", Disconnect.NOT_ALLOWED)).isZero();
      assertThat(node.drain(Duration.ofHours(1))).isDone();
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.UP);
    }
  }

  @Test
  void lostRedisIsReportedOncePublishingFails() throws Exception {
    RedisFanout node = start();
    assertThat(node.awaitReady(LIMIT)).isTrue();

    redis.kill();
    await()
        .atMost(LIMIT)
        .until(
            () -> {
              node.publisher().publish(ALICE, "lost");
              return node.health().status() == FanoutHealth.Status.DOWN;
            });
    assertThat(node.health().reason()).startsWith("not publishing: ");
    assertThat(node.awaitReady(Duration.ZERO)).isFalse();
    redis.restart();
    assertThat(node.awaitReady(LIMIT)).isTrue();
    node.publisher().publishAndWait(ALICE, "hello", LIMIT);
    node.close();

    assertThat(node.awaitReady(LIMIT)).isFalse();
    assertThat(publishing)
        .containsExactly(
            ConnectionState.CONNECTING,
            ConnectionState.UP,
            ConnectionState.DOWN,
            ConnectionState.UP,
            ConnectionState.CLOSED);
    assertThat(receiving).doesNotContain(ConnectionState.CONNECTING, ConnectionState.UP);
    assertThatThrownBy(() -> node.publisher().publish(ALICE, "late").get(1, TimeUnit.SECONDS))
        .hasCauseInstanceOf(PublishException.class)
        .hasMessageContaining("REJECTED");
  }

  @Test
  void failedFirstConnectionIsReportedAsDown() throws Exception {
    redis.kill();
    RedisFanout node = start();
    await().atMost(LIMIT).until(() -> publishing.contains(ConnectionState.DOWN));
    assertThat(node.health().reason()).contains("Connection refused");

    redis.restart();

    assertThat(node.awaitReady(LIMIT)).isTrue();
    node.close();
    assertThat(publishing)
        .containsExactly(
            ConnectionState.CONNECTING,
            ConnectionState.DOWN,
            ConnectionState.UP,
            ConnectionState.CLOSED);
  }
}
