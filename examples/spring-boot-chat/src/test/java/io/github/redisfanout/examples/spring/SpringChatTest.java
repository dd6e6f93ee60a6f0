package io.github.redisfanout.examples.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;

class SpringChatTest {
  private static RedisProcess redis;
  private static SpringNode one;
  private static SpringNode two;

  @BeforeAll
  static void start() throws Exception {
    redis = RedisProcess.start();
    one = SpringNode.start(redis.uri(), Duration.ZERO);
    two = SpringNode.start(redis.uri(), Duration.ZERO);
    assertThat(one.fanout().awaitReady(Duration.ofSeconds(10))).isTrue();
    assertThat(two.fanout().awaitReady(Duration.ofSeconds(10))).isTrue();
  }

  @AfterAll
  static void stop() {
    two.close();
    one.close();
    redis.close();
  }

  @Test
  void postOnOneNodeReachesTheWebSocketOnTheOther() throws Exception {
    try (RecordingClient alice = two.connect("alice")) {
      HttpResponse<String> answer =
          one.post("/messages", "{\"to\": [\"alice\", \"bob\"], \"text\": \"hello\"}");

      assertThat(alice.next()).isEqualTo("{\"text\":\"hello\"}");
      assertThat(answer.statusCode()).isEqualTo(202);
      assertThat(answer.body()).isEqualTo("{\"recipients\":2,\"nodes\":2}");
    }
  }

  @Test
  void endpointMadeBySpringUsesItsConstructorArguments() throws Exception {
    try (RecordingClient phone = one.connect("carol");
        RecordingClient laptop = two.connect("carol")) {
      phone.send("remember the milk");

      assertThat(phone.next()).isEqualTo("{\"note\":\"remember the milk\"}");
      assertThat(laptop.next()).isEqualTo("{\"note\":\"remember the milk\"}");
    }
  }

  @Test
  void sessionEndsWithItsConnection() {
    RecordingClient dave = one.connect("dave");
    dave.leave();

    await().until(() -> one.sessions("dave") == 0);
  }

  @Test
  void handshakeOfNobodyAndOfForeignPageIsRefused() {
    assertThat(one.handshakeStatus("", "http://127.0.0.1:" + one.port())).isEqualTo(401);
    assertThat(one.handshakeStatus("?user=mallory", "http://evil.example")).isEqualTo(403);
  }

  @Test
  void badMessageIsRefused() throws Exception {
    assertThat(one.post("/messages", "{\"to\": [\"\"], \"text\": \"hello\"}").statusCode())
        .isEqualTo(400);
    assertThat(one.post("/messages", "{\"to\": [null], \"text\": \"hello\"}").body())
        .contains("null");
    assertThat(one.post("/messages", "{\"to\": [\"alice\"]}").body()).contains("text == null");
    assertThat(one.post("/messages", "hello").statusCode()).isEqualTo(400);
  }

  @Test
  void healthIs200WhileTheNodeReceives() throws Exception {
    HttpResponse<String> answer = one.get("/health");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).containsAnyOf("\"UP\"", "\"DEGRADED\"");
  }

  @Test
  void healthIs503WithoutRedis() throws Exception {
    RedisProcess gone = RedisProcess.start();
    gone.close();
    try (SpringNode node = SpringNode.start(gone.uri(), Duration.ZERO)) {
      HttpResponse<String> answer = node.get("/health");

      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).contains("\"DOWN\"");
    }
  }

  /** Spring would call a close method of any bean, and early for one of a narrow scope. */
  @Test
  void publisherBeanHasNothingThatSpringCouldClose() throws Exception {
    try (SpringNode node = SpringNode.start(redis.uri(), Duration.ZERO)) {
      ConfigurableBeanFactory beans = node.context().getBeanFactory();
      Publisher publisher = beans.getBean(Publisher.class);

      beans.destroyBean("publisher", publisher);

      assertThat(publisher.publish(List.of("nobody"), 1).get(10, TimeUnit.SECONDS).recipients())
          .isOne();
    }
  }

  @Test
  @Tag("full") // it takes seconds
  void closingDrainsFirstThenStopsTheServerAndClosesTheNodeLast() throws Exception {
    SpringNode node = SpringNode.start(redis.uri(), Duration.ofSeconds(3));
    RedisFanout fanout = node.fanout();
    assertThat(fanout.awaitReady(Duration.ofSeconds(10))).isTrue();
    List<RecordingClient> clients = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      clients.add(node.connect("erin")); // one of them leaves every half second
    }
    CompletableFuture<Void> closed = CompletableFuture.runAsync(node::close);

    await().until(() -> clients.stream().anyMatch(RecordingClient::isClosed));
    HttpResponse<String> health = node.get("/health"); // it serves while it drains
    assertThat(health.statusCode()).isEqualTo(503);
    assertThat(health.body()).contains("\"DRAINING\"");
    assertThat(node.post("/messages", "{\"to\": [\"erin\"], \"text\": \"bye\"}").statusCode())
        .isEqualTo(202);
    for (RecordingClient client : clients) {
      assertThat(client.awaitClosed()).startsWith("1001");
    }
    assertThat(clients)
        .anyMatch(client -> client.waiting().size() == 1); // delivered until the last left

    closed.get(10, TimeUnit.SECONDS);
    assertThat(fanout.health().reason()).contains("closed");
    assertThat(node.isListening()).isFalse();
  }
}
