package io.github.redisfanout.jakarta;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Address;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SessionLifeTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static void awaitNoSessions(TomcatNode node) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              assertThat(node.fanout.registry().sessionCount()).isZero();
              assertThat(node.fanout.counters().sessions()).isZero();
            });
  }

  private static FanoutSession only(TomcatNode node, String user) {
    assertThat(node.fanout.registry().sessions(Address.user(user))).hasSize(1);
    return node.fanout.registry().sessions(Address.user(user)).iterator().next();
  }

  @Test
  void aClientThatLeavesIsUnregistered() {
    try (TomcatNode node = TomcatNode.start(redis.uri())) {
      WsClient phone = WsClient.connect(node, "alice");
      WsClient laptop = WsClient.connect(node, "alice");
      assertThat(node.fanout.registry().sessionCount()).isEqualTo(2);

      phone.close();
      await().untilAsserted(() -> assertThat(node.fanout.registry().sessionCount()).isOne());
      laptop.close();
      awaitNoSessions(node);

      assertThat(node.fanout.counters().disconnects()).isEmpty();
    }
  }

  @Test
  void aClientWhoseConnectionBreaksIsUnregistered() throws Exception {
    try (TomcatNode node = TomcatNode.start(redis.uri())) {
      RawClient alice = RawClient.connect(node, "alice");
      assertThat(alice.status()).isEqualTo(101);
      await().untilAsserted(() -> assertThat(node.fanout.counters().sessions()).isOne());

      alice.close();

      awaitNoSessions(node);
      assertThat(node.fanout.counters().disconnects()).isEmpty();
    }
  }

  @Test
  void churnLeavesNothingBehind() {
    try (TomcatNode node = TomcatNode.start(redis.uri())) {
      for (int i = 0; i < 100; i++) {
        WsClient client = WsClient.connect(node, "user" + i % 7);
        if (i % 3 == 0) {
          client.abort();
        } else if (i % 3 == 1) {
          client.close();
        } else {
          only(node, "user" + i % 7).disconnect(new Disconnect(4000, "enough"));
          assertThat(client.closeReceived()).isEqualTo("4000 enough");
        }
        awaitNoSessions(node);
      }
    }
  }

  @Test
  void closingTheNodeTellsClientsThatItGoesAway() {
    try (TomcatNode node = TomcatNode.start(redis.uri())) {
      WsClient alice = WsClient.connect(node, "alice");
      WsClient bob = WsClient.connect(node, "bob");

      node.fanout.close();

      assertThat(alice.closeReceived()).isEqualTo("1001 node is shutting down");
      assertThat(bob.closeReceived()).isEqualTo("1001 node is shutting down");
      awaitNoSessions(node);
    }
  }

  @Test
  void aSessionOpenedOnAClosedNodeIsToldThatItGoesAway() {
    try (TomcatNode node = TomcatNode.start(redis.uri())) {
      node.fanout.close();

      WsClient late = WsClient.connect(node.port(), "/ws?user=alice");

      assertThat(late.closeReceived()).isEqualTo("1001 node is shutting down");
      awaitNoSessions(node);
    }
  }

  @Test
  void theApplicationDisconnectsASessionWithItsOwnCodeAndReason() {
    try (TomcatNode node = TomcatNode.start(redis.uri())) {
      WsClient alice = WsClient.connect(node, "alice");

      only(node, "alice").disconnect(new Disconnect(1000, "logged out"));

      assertThat(alice.closeReceived()).isEqualTo("1000 logged out");
      awaitNoSessions(node);
    }
  }

  @Test
  void pongsKeepAnIdleSessionAlive() {
    Duration silence = Duration.ofMillis(600);
    try (TomcatNode node =
        TomcatNode.builder(redis.uri())
            .config(config -> config.pingInterval(Duration.ofMillis(100)).silenceLimit(silence))
            .start()) {
      WsClient alice = WsClient.connect(node, "alice");

      // Enough pings for the silence limit to pass twice, had their pongs not been noticed.
      await()
          .atMost(10, SECONDS)
          .untilAsserted(() -> assertThat(alice.pings).hasValueGreaterThan(12));

      assertThat(alice.isClosed()).isFalse();
      node.fanout.publisher().publish(List.of("alice"), "still here");
      assertThat(alice.next()).isEqualTo("\"still here\"");
    }
  }

  @Test
  void aClientThatAnswersNoPingIsDisconnected() throws Exception {
    try (TomcatNode node =
            TomcatNode.builder(redis.uri())
                .config(
                    config ->
                        config
                            .pingInterval(Duration.ofMillis(100))
                            .silenceLimit(Duration.ofMillis(500)))
                .start();
        RawClient mute = RawClient.connect(node, "alice")) {
      await().untilAsserted(() -> assertThat(node.fanout.counters().disconnects()).hasSize(1));

      awaitNoSessions(node);
      assertThat(node.fanout.counters().disconnects()).containsEntry(1001, 1L);
    }
  }
}
