package io.github.redisfanout.containers.weld;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.containers.ServerSetup;
import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeldTest {
  private static RedisProcess redis;
  private static WeldServer server;

  @BeforeAll
  static void start() throws Exception {
    redis = RedisProcess.start();
    FanoutProducer.redisUri = redis.uri();
    server = new WeldServer();
    assertThat(server.fanout().awaitReady(Duration.ofSeconds(10))).isTrue();
  }

  @AfterAll
  static void stop() throws Exception {
    RecordingClient last = connect("annotated", "last");
    await().until(() -> sessions("last") == 1);
    server.close();
    redis.close();
    assertThat(last.awaitClosed()).startsWith("1001");
    assertThat(server.fanout().health().reason()).contains("closed"); // by the producer's disposer
  }

  private static RecordingClient connect(String endpoint, String user) {
    return handshake("/" + endpoint + "?user=" + user);
  }

  private static RecordingClient handshake(String query) {
    return RecordingClient.connect(
        URI.create("ws://127.0.0.1:" + server.port() + ServerSetup.PATH + query));
  }

  private static int sessions(String user) {
    return server.fanout().sessions(user).size();
  }

  @ParameterizedTest
  @ValueSource(strings = {"annotated", "programmatic", "dependent"})
  void endpointFromCdiIsInjected(String endpoint) throws Exception {
    try (RecordingClient phone = connect(endpoint, endpoint);
        RecordingClient laptop = connect(endpoint, endpoint)) {
      await().until(() -> sessions(endpoint) == 2);
      phone.send("hello");

      assertThat(phone.next()).isEqualTo("{\"note\":\"hello\"}");
      assertThat(laptop.next()).isEqualTo("{\"note\":\"hello\"}");

      phone.leave();
      await().until(() -> sessions(endpoint) == 1);
      laptop.send("bye"); // the one endpoint outlives a connection
      assertThat(laptop.next()).isEqualTo("{\"note\":\"bye\"}");
    }
    await().until(() -> sessions(endpoint) == 0);
  }

  @Test
  void servletIsInjected() throws Exception {
    try (RecordingClient alice = connect("annotated", "alice")) {
      await().until(() -> sessions("alice") == 1);

      assertThat(post("alice", "hello")).isEqualTo(202);
      assertThat(alice.next()).isEqualTo("{\"text\":\"hello\"}");
    }
  }

  @Test
  void endpointMadeByTomcatIsNotInjected() throws Exception {
    try (RecordingClient bob = connect("container", "bob")) {
      assertThat(bob.next()).isEqualTo("{\"injected\":false}");
    }
  }

  @Test
  void dependentEndpointIsDestroyedWithItsConnection() {
    int alive = Belongings.ALIVE.get();
    int made = Belongings.MADE.get();
    try (RecordingClient carol = connect("dependent", "carol");
        RecordingClient second = connect("dependent", "carol")) {
      await().until(() -> sessions("carol") == 2);
      assertThat(Belongings.MADE.get() - made).isEqualTo(2);
      assertThat(Belongings.ALIVE.get() - alive).isEqualTo(2);
      carol.leave();
      second.close();
    }

    await().until(() -> Belongings.ALIVE.get() == alive);
  }

  @Test
  void handshakeOfNobodyIsRefused() {
    assertThatThrownBy(() -> handshake("/annotated"))
        .cause()
        .isInstanceOfSatisfying(
            WebSocketHandshakeException.class,
            refused -> assertThat(refused.getResponse().statusCode()).isEqualTo(401));
  }

  private static int post(String user, String text) throws Exception {
    URI uri =
        URI.create("http://127.0.0.1:" + server.port() + "/publish?to=" + user + "&text=" + text);
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.noBody()).build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }
}
