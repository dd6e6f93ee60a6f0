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

class SlowClientTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();
  private static final String BIG = "x".repeat(200_000);

  private static FanoutSession only(TomcatNode node, String user) {
    await().until(() -> !node.fanout.registry().sessions(Address.user(user)).isEmpty());
    return node.fanout.registry().sessions(Address.user(user)).iterator().next();
  }

  /** Waits until the server has sockets for so many clients, stuck ones included. */
  private static void awaitClients(TomcatNode node, int clients) {
    // The server counts the next client, for which it waits, too.
    await().atMost(5, SECONDS).until(() -> node.connections() == clients + 1);
  }

  /** Publishes one after the other, so that a client that reads keeps up. */
  private static void publishAndRead(TomcatNode node, WsClient reader, int messages) {
    for (int i = 0; i < messages; i++) {
      String text = i + BIG;
      node.fanout.publisher().publish(List.of("stuck", "reader"), text).orTimeout(10, SECONDS);
      assertThat(reader.next()).isEqualTo("\"" + text + "\"");
    }
  }

  @Test
  void aClientThatNeverReadsIsDisconnectedByTheWriteTimeoutAndOthersGetEverything()
      throws Exception {
    try (TomcatNode a = TomcatNode.start(redis.uri());
        TomcatNode b =
            TomcatNode.builder(redis.uri())
                .config(
                    config ->
                        config
                            .lanes(1)
                            .sessionQueueBytes(100 << 20)
                            .writeTimeout(Duration.ofMillis(700)))
                .start();
        RawClient stuck = RawClient.connect(b, "stuck")) {
      WsClient reader = WsClient.connect(b, "reader");
      FanoutSession session = only(b, "stuck");
      awaitClients(b, 2);

      publishAndRead(b, reader, 60);

      await().atMost(10, SECONDS).until(() -> !session.isOpen());
      assertThat(b.fanout.counters().disconnects()).containsEntry(1013, 1L);
      assertThat(b.fanout.registry().sessionCount()).isOne();
      a.fanout.publisher().publish(List.of("reader"), "after");
      assertThat(reader.next()).isEqualTo("\"after\"");
      awaitClients(b, 1);
    }
  }

  @Test
  void aClientThatNeverReadsIsDisconnectedWhenItsQueueIsFullAndOthersGetEverything()
      throws Exception {
    try (TomcatNode a = TomcatNode.start(redis.uri());
        TomcatNode b =
            TomcatNode.builder(redis.uri())
                .config(
                    config ->
                        config.lanes(1).sessionQueueMessages(4).writeTimeout(Duration.ofMinutes(1)))
                .start();
        RawClient stuck = RawClient.connect(b, "stuck")) {
      WsClient reader = WsClient.connect(b, "reader");
      FanoutSession session = only(b, "stuck");
      awaitClients(b, 2);

      publishAndRead(a, reader, 60);

      await().atMost(10, SECONDS).until(() -> !session.isOpen());
      assertThat(b.fanout.counters().disconnects()).containsEntry(1013, 1L);
      assertThat(reader.isClosed()).isFalse();
      awaitClients(b, 1);
    }
  }

  @Test
  void anOrderlyDisconnectOfAStuckClientBlocksNobodyForLong() throws Exception {
    try (TomcatNode node =
            TomcatNode.builder(redis.uri())
                .config(
                    config ->
                        config.sessionQueueBytes(100 << 20).writeTimeout(Duration.ofMinutes(1)))
                .start();
        RawClient stuck = RawClient.connect(node, "stuck")) {
      WsClient reader = WsClient.connect(node, "reader");
      FanoutSession session = only(node, "stuck");
      awaitClients(node, 2);
      publishAndRead(node, reader, 60);

      // With this code Tomcat itself would wait 20 s for the client.
      session.disconnect(new Disconnect(1000, "logged out"));

      awaitClients(node, 1);
      assertThat(reader.isClosed()).isFalse();
    }
  }

  @Test
  void closingTheNodeFreesStuckClientsInTime() throws Exception {
    try (TomcatNode node =
            TomcatNode.builder(redis.uri())
                .config(
                    config ->
                        config
                            .sessionQueueBytes(100 << 20)
                            .writeTimeout(Duration.ofMinutes(1))
                            .closeTimeout(Duration.ofSeconds(5)))
                .start();
        RawClient stuck = RawClient.connect(node, "stuck")) {
      WsClient reader = WsClient.connect(node, "reader");
      awaitClients(node, 2);
      publishAndRead(node, reader, 60);

      long start = System.nanoTime();
      node.fanout.close();

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
      assertThat(reader.closeReceived()).isEqualTo("1001 node is shutting down");
      awaitClients(node, 0);
    }
  }
}
