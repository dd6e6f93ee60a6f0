package io.github.redisfanout.examples.sse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.testkit.RedisProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Event streams of real clients, on real nodes with a real Redis. */
class SseTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static SseNode node(UnaryOperator<FanoutConfig.Builder> config) throws Exception {
    return SseNode.start(redis.uri(), config.apply(FanoutConfig.builder("sse-tests")).build(), 0);
  }

  private static SseNode node() throws Exception {
    return node(config -> config);
  }

  /** Connects, and returns when the node has registered the session. */
  private static SseClient connect(SseNode node, String user) throws Exception {
    SseClient client = SseClient.connect(node.server().port(), user);
    await().until(() -> !node.fanout().sessions(user).isEmpty());
    return client;
  }

  private static void awaitSessions(SseNode node, int sessions) {
    await().until(() -> node.fanout().counters().sessions() == sessions);
  }

  /** Waits until the server has so many sockets. */
  private static void awaitSockets(SseNode node, int sockets) {
    // The next client, for which the server waits, counts too.
    await().atMost(5, TimeUnit.SECONDS).until(() -> node.server().connections() == sockets + 1);
  }

  private static URI uri(SseNode node, String path) {
    return URI.create("http://127.0.0.1:" + node.server().port() + path);
  }

  private static int status(HttpRequest.Builder request) throws Exception {
    return HttpClient.newHttpClient()
        .send(request.build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  @Test
  void messagePublishedOnOneNodeReachesAStreamOnTheOther() throws Exception {
    try (SseNode one = node();
        SseNode other = node();
        SseClient alice = connect(one, "alice")) {
      HttpRequest.Builder message =
          HttpRequest.newBuilder(uri(other, "/messages?to=alice&to=bob"))
              .header("Content-Type", "application/x-www-form-urlencoded") // as curl -d
              .POST(HttpRequest.BodyPublishers.ofString("{\"text\":\"xin chào\"}"));

      assertThat(status(message)).isEqualTo(202);
      assertThat(alice.next()).isEqualTo("{\"text\":\"xin chào\"}");
    }
  }

  @Test
  void textOfSeveralLinesArrivesAsOneEvent() throws Exception {
    try (SseNode node = node();
        SseClient alice = connect(node, "alice")) {
      node.fanout().publisher().publishJson(List.of("alice"), "{\r\n\"a\":\r1,\n\n\"b\":2}");
      node.fanout().publisher().publishJson(List.of("alice"), "\"next\"");

      assertThat(alice.next()).isEqualTo("{\n\"a\":\n1,\n\n\"b\":2}");
      assertThat(alice.next()).isEqualTo("\"next\"");
    }
  }

  @Test
  void closingTheNodeTellsClientsWhy() throws Exception {
    SseClient alice;
    try (SseNode node = node()) {
      alice = connect(node, "alice");
    }
    assertThat(alice.awaitClosed()).isEqualTo("1001 node is shutting down");
  }

  @Test
  void refusedSessionIsToldWhy() throws Exception {
    try (SseNode node = node(config -> config.maxSessions(1));
        SseClient first = connect(node, "alice");
        SseClient second = SseClient.connect(node.server().port(), "bob")) {
      assertThat(second.awaitClosed()).isEqualTo("1013 node is full");
      assertThat(first.isClosed()).isFalse();
    }
  }

  @Test
  void requestThatCannotReceiveOpensNoSession() throws Exception {
    try (SseNode node = node()) {
      assertThat(
              status(
                  HttpRequest.newBuilder(uri(node, "/events?user=alice"))
                      .method("HEAD", HttpRequest.BodyPublishers.noBody())))
          .isEqualTo(405);
      assertThat(node.fanout().counters().sessions()).isZero();
    }
  }

  @Test
  void nobodyIsRefused() throws Exception {
    try (SseNode node = node();
        SseClient nobody = SseClient.connect(node.server().port(), "")) {
      assertThat(nobody.status()).isEqualTo(401);
      assertThat(node.fanout().counters().sessions()).isZero();
    }
  }

  @Test
  void clientThatLeavesIsFoundByAPing() throws Exception {
    try (SseNode node = node(config -> config.pingInterval(Duration.ofMillis(20)))) {
      connect(node, "alice").close();

      awaitSessions(node, 0);
      awaitSockets(node, 0);
      assertThat(node.fanout().counters().disconnects()).isEmpty();
    }
  }

  @Test
  void clientThatOnlyListensIsPingedAndNeverSilent() throws Exception {
    try (SseNode node =
            node(
                config ->
                    config
                        .pingInterval(Duration.ofMillis(10))
                        .silenceLimit(Duration.ofMillis(20)));
        SseClient alice = connect(node, "alice")) {
      await().until(() -> alice.pings() >= 10);

      node.fanout().publisher().publish(List.of("alice"), "still here");
      assertThat(alice.next()).isEqualTo("\"still here\"");
      assertThat(node.fanout().counters().disconnects()).isEmpty();
    }
  }

  @Test
  void messagesBetweenPingsArriveWholeAndInOrder() throws Exception {
    try (SseNode node =
            node(config -> config.pingInterval(Duration.ofMillis(1)).sessionQueueMessages(10_000));
        SseClient alice = connect(node, "alice")) {
      for (int i = 0; i < 3_000; i++) {
        node.fanout().publisher().publish(List.of("alice"), i);
      }
      for (int i = 0; i < 3_000; i++) {
        assertThat(alice.next()).isEqualTo(String.valueOf(i));
      }
      assertThat(alice.pings()).isPositive();
    }
  }

  @Test
  void clientThatDoesNotReadIsCutByItsWriteDeadlineAndOthersGoOn() throws Exception {
    try (SseNode node =
        node(config -> config.sessionQueueBytes(100 << 20).writeTimeout(Duration.ofMillis(400)))) {
      assertStuckClientIsCut(node, Disconnect.WRITE_TIMEOUT);
    }
  }

  @Test
  @Tag("full") // as the one above, and the server looks for stuck sockets once in a second
  void clientThatDoesNotReadIsCutByItsFullQueueAndOthersGoOn() throws Exception {
    try (SseNode node = node(config -> config.writeTimeout(Duration.ofSeconds(1)))) {
      assertStuckClientIsCut(node, Disconnect.SLOW_CLIENT);
    }
  }

  private static void assertStuckClientIsCut(SseNode node, Disconnect why) throws Exception {
    String big = "x".repeat(200_000);
    try (StuckClient stuck = new StuckClient(node.server().port(), "stuck");
        SseClient reader = connect(node, "reader")) {
      awaitSessions(node, 2);
      for (int i = 0; i < 500 && node.fanout().counters().sessions() == 2; i++) {
        node.fanout().publisher().publish(List.of("stuck", "reader"), i + big);
        assertThat(reader.next()).isEqualTo("\"" + i + big + "\"");
      }

      assertThat(node.fanout().counters().sessions()).isEqualTo(1);
      assertThat(node.fanout().counters().disconnects()).isEqualTo(Map.of(why.code(), 1L));
      awaitSockets(node, 1);
      stuck.awaitEnd();

      node.fanout().publisher().publish(List.of("reader"), "going on");
      assertThat(reader.next()).isEqualTo("\"going on\"");
    }
  }
}
