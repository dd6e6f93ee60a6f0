package io.github.redisfanout.jakarta;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What only Tomcat's own count of connections shows; the rest is in the container tests. */
class SlowClientTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();
  private static final String BIG = "x".repeat(200_000);

  /** Waits until the server has sockets for so many clients, stuck ones included. */
  private static void awaitClients(TomcatNode node, int clients) {
    // The server counts the next client, for which it waits, too.
    await().atMost(5, SECONDS).until(() -> node.connections() == clients + 1);
  }

  /** Publishes one after the other, so that a client that reads keeps up. */
  private static void publishAndRead(TomcatNode node, RecordingClient reader, int messages) {
    for (int i = 0; i < messages; i++) {
      String text = i + BIG;
      node.fanout.publisher().publish(List.of("stuck", "reader"), text).orTimeout(10, SECONDS);
      assertThat(reader.next()).isEqualTo("\"" + text + "\"");
    }
  }

  @Test
  @Tag("full") // it takes seconds
  void closingTheNodeFreesStuckClientsInTime() throws Exception {
    try (TomcatNode node =
            TomcatNode.builder(redis.uri())
                .config(
                    config ->
                        config.sessionQueueBytes(100 << 20).writeTimeout(Duration.ofMinutes(1)))
                .start();
        RawClient stuck = RawClient.connect(node, "stuck")) {
      RecordingClient reader = node.connect("reader");
      awaitClients(node, 2);
      publishAndRead(node, reader, 60);

      long start = System.nanoTime();
      node.fanout.close(Duration.ofSeconds(1));

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
      assertThat(reader.awaitClosed()).isEqualTo("1001 node is shutting down");
      awaitClients(node, 0);
    }
  }
}
