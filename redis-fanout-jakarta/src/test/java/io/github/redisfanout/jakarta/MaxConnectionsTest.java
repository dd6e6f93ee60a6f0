package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tomcat's limit for sockets, which idle WebSockets use up; 8,192 by default, here 20. */
class MaxConnectionsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final int MAX_CONNECTIONS = 20;

  /** The status of a request such as that of a health check, on a new connection. */
  private static int status(TomcatNode node, Duration limit) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + "/health"))
            .timeout(limit)
            .build();
    return HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  @Test
  void idleWebSocketsUpToTheLimitOfTomcatLeaveNoneForHealthChecks() throws Exception {
    try (TomcatNode node =
        TomcatNode.builder(redis.uri()).maxConnections(MAX_CONNECTIONS).start()) {
      List<RecordingClient> clients = new ArrayList<>();
      for (int i = 0; i < MAX_CONNECTIONS; i++) {
        clients.add(node.connect("user" + i));
      }

      assertThatThrownBy(() -> status(node, Duration.ofSeconds(1)))
          .isInstanceOf(HttpTimeoutException.class);

      clients.get(0).leave();
      await().until(() -> node.fanout.counters().sessions() < MAX_CONNECTIONS);
      assertThat(status(node, Duration.ofSeconds(30))).isEqualTo(405);
    }
  }

  @Test
  void maxSessionsBelowTheLimitOfTomcatKeepsHealthChecksServed() throws Exception {
    try (TomcatNode node =
        TomcatNode.builder(redis.uri())
            .maxConnections(MAX_CONNECTIONS)
            .config(config -> config.maxSessions(MAX_CONNECTIONS / 2))
            .start()) {
      for (int i = 0; i < MAX_CONNECTIONS / 2; i++) {
        node.connect("user" + i);
      }
      for (int i = 0; i < MAX_CONNECTIONS; i++) {
        assertThat(node.connectTo("/ws?user=late").awaitClosed()).startsWith("1013");
      }

      assertThat(status(node, Duration.ofSeconds(30))).isEqualTo(405);
    }
  }
}
