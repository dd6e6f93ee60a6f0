package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import jakarta.websocket.server.ServerEndpointConfig;
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
        .until(() -> node.fanout.counters().sessions() == 0);
  }

  private static FanoutSession only(TomcatNode node, String user) {
    assertThat(node.fanout.sessions(user)).hasSize(1);
    return node.fanout.sessions(user).get(0);
  }

  @Test
  void churnLeavesNothingBehind() {
    try (TomcatNode node = TomcatNode.start(redis.uri())) {
      for (int i = 0; i < 100; i++) {
        RecordingClient client = node.connect("user" + i % 7);
        if (i % 3 == 0) {
          client.close();
        } else if (i % 3 == 1) {
          client.leave();
        } else {
          only(node, "user" + i % 7).disconnect(new Disconnect(4000, "enough"));
          assertThat(client.awaitClosed()).isEqualTo("4000 enough");
        }
        awaitNoSessions(node);
        assertThat(node.fanout.sessions("user" + i % 7)).isEmpty();
      }
    }
  }

  /** The handshake was accepted a moment before the node was closed. */
  @Test
  void aSessionOpenedOnAClosedNodeIsToldThatItGoesAway() {
    try (TomcatNode node =
        TomcatNode.builder(redis.uri())
            .deployment(
                (container, sockets) ->
                    container.addEndpoint(
                        ServerEndpointConfig.Builder.create(FanoutEndpoint.class, "/ws")
                            .configurator(
                                new FanoutConfigurator(
                                    () -> {
                                      sockets.fanout().close();
                                      return new FanoutEndpoint(sockets);
                                    }))
                            .build()))
            .start()) {
      RecordingClient late = node.connectTo("/ws?user=alice");

      assertThat(late.awaitClosed()).isEqualTo("1001 node is shutting down");
      awaitNoSessions(node);
    }
  }
}
