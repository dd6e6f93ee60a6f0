package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeFilterTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();
  private static final Set<String> tickets = ConcurrentHashMap.newKeySet();
  private static TomcatNode node;

  @BeforeAll
  static void start() {
    node =
        TomcatNode.builder(redis.uri())
            .authenticator(HandshakeFilterTest::redeem)
            .origins(OriginPolicy.sameHostOr("https://app.example"))
            .start();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String redeem(HttpServletRequest request) throws IOException {
    String ticket = request.getParameter("ticket");
    if (ticket == null || !tickets.remove(ticket)) {
      return null;
    }
    return switch (ticket) {
      case "broken" -> throw new IOException("secret details");
      case "empty" -> "";
      case "surrogate" -> "a\uD800";
      default -> "user of " + ticket;
    };
  }

  @BeforeEach
  void issueTickets() {
    tickets.addAll(List.of("t1", "broken", "empty", "surrogate"));
  }

  @Test
  void aTicketOpensASessionAsItsUserOnce() {
    RecordingClient client = node.connectTo("/ws?ticket=t1");
    await().until(() -> !node.fanout.sessions("user of t1").isEmpty());

    node.fanout.publisher().publish(List.of("user of t1"), 1).join();
    assertThat(client.next()).isEqualTo("1");
    assertThat(node.status("/ws?ticket=t1")).isEqualTo(401);
    client.leave();
  }

  @Test
  void aMissingOrUnknownTicketIsRefusedWith401() {
    assertThat(node.status("/ws")).isEqualTo(401);
    assertThat(node.status("/ws?ticket=none")).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(strings = {"empty", "surrogate"})
  void anAnswerThatIsNoUserIdIsRefusedWith401(String ticket) {
    assertThat(node.status("/ws?ticket=" + ticket)).isEqualTo(401);
  }

  @Test
  void anAuthenticatorThatThrowsIsAnsweredWith503AndNoDetails() throws Exception {
    try (RawClient client = ticket("broken")) {
      assertThat(client.status()).isEqualTo(503);
      assertThat(client.response).doesNotContain("secret").contains("Content-Length: 0");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "https://evil.example",
        "http://127.0.0.1",
        "http://localhost:PORT",
        "not an origin",
        "http://127.0.0.1:PORT/",
      })
  void aForeignOriginIsRefusedWith403AndTheTicketStaysGood(String origin) throws Exception {
    String header = "Origin: " + origin.replace("PORT", Integer.toString(node.port()));

    try (RawClient client = ticket("t1", header)) {
      assertThat(client.status()).isEqualTo(403);
    }
    assertThat(tickets).contains("t1");
  }

  @Test
  void twoOriginsAreRefusedWith403() throws Exception {
    String own = "Origin: http://127.0.0.1:" + node.port();

    try (RawClient client = ticket("t1", own, own)) {
      assertThat(client.status()).isEqualTo(403);
    }
    assertThat(tickets).contains("t1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://127.0.0.1:PORT", "https://127.0.0.1:PORT", "https://app.example"})
  void theSameHostAndNamedOriginsAreAllowed(String origin) throws Exception {
    String header = "Origin: " + origin.replace("PORT", Integer.toString(node.port()));

    try (RawClient client = ticket("t1", header)) {
      assertThat(client.status()).isEqualTo(101);
    }
  }

  @Test
  void aFailedHandshakeLeavesNoSession() {
    assertThat(node.status("/ws?ticket=surrogate")).isEqualTo(401);

    assertThat(node.fanout.sessions("user of surrogate")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"GET, t1, 426", "POST, t1, 426", "GET, made-up, 401", "POST, '', 401"})
  void whatIsNoHandshakeIsAnsweredWith426OnlyIfItIsAllowed(String method, String ticket, int status)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + node.port() + "/ws?ticket=" + ticket))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();

    HttpResponse<String> response =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.body()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"h2c", "websockets", "web, socket"})
  void anUpgradeToSomethingElseIsAnsweredWith426(String upgrade) throws Exception {
    try (RawClient client = upgrade(upgrade)) {
      assertThat(client.status()).isEqualTo(426);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"websocket", "WebSocket", "h2c , WEBSOCKET"})
  void theUpgradeHeaderIsAListWithoutRegardToCase(String upgrade) throws Exception {
    try (RawClient client = upgrade(upgrade)) {
      assertThat(client.status()).isEqualTo(101);
    }
  }

  private static RawClient ticket(String ticket, String... headers) throws IOException {
    return RawClient.send(
        node.port(),
        "GET /ws?ticket=" + ticket + " HTTP/1.1",
        "127.0.0.1:" + node.port(),
        "websocket",
        headers);
  }

  private static RawClient upgrade(String upgrade) throws IOException {
    return RawClient.send(
        node.port(), "GET /ws?ticket=t1 HTTP/1.1", "127.0.0.1:" + node.port(), upgrade);
  }
}
