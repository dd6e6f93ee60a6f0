package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Address;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SessionLifeTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static void awaitNoSessions(TomcatNode node) {
    await()
        .atMost(Duration.ofSeconds(10))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
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
  void aSessionOpenedOnAClosedNodeIsToldThatItGoesAway() {
    try (TomcatNode node = TomcatNode.start(redis.uri())) {
      node.fanout.close();

      WsClient late = WsClient.connect(node.port(), "/ws?user=alice");

      assertThat(late.closeReceived()).isEqualTo("1001 node is shutting down");
      awaitNoSessions(node);
    }
  }
}
