package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.HandshakeRefusal;
import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class EndpointsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  /** What an application writes when the container makes its endpoints. */
  @ServerEndpoint(value = "/ws", configurator = FanoutConfigurator.class)
  public static class DeclaredSocket {
    private JakartaFanout sockets;

    @OnOpen
    public void onOpen(Session session) {
      sockets = JakartaFanout.of(session);
      sockets.onOpen(session);
    }

    @OnMessage
    public void onText(Session session, String text) {
      if (sockets.onText(session, text)) {
        String user = sockets.session(session).userId();
        sockets.fanout().publisher().publish(List.of("alice", "bob"), user + ": " + text);
      }
    }

    @OnClose
    public void onClose(Session session, CloseReason reason) {
      sockets.onClose(session, reason);
    }

    @OnError
    public void onError(Session session, Throwable cause) {
      sockets.onError(session, cause);
    }
  }

  /** What it writes when it makes them itself; it also has a pong handler of its own. */
  @ServerEndpoint(value = "/ws", configurator = FanoutConfigurator.class)
  public static class BuiltSocket {
    private final JakartaFanout sockets;
    private final AtomicInteger pongs;

    public BuiltSocket(JakartaFanout sockets, AtomicInteger pongs) {
      this.sockets = sockets;
      this.pongs = pongs;
    }

    @OnOpen
    public void onOpen(Session session) {
      sockets.onOpen(session);
    }

    @OnMessage
    public void onPong(Session session, PongMessage pong) {
      sockets.touch(session);
      pongs.incrementAndGet();
    }

    @OnMessage
    public void onText(String text) {
      throw new IllegalArgumentException("bad text");
    }

    @OnClose
    public void onClose(Session session, CloseReason reason) {
      sockets.onClose(session, reason);
    }

    @OnError
    public void onError(Session session, Throwable cause) {
      sockets.onError(session, cause);
    }
  }

  private static TomcatNode.Builder builtSocket(AtomicInteger pongs) {
    return TomcatNode.builder(redis.uri())
        .deployment(
            (container, sockets) -> {
              sockets.supplyEndpoints(BuiltSocket.class, () -> new BuiltSocket(sockets, pongs));
              container.addEndpoint(BuiltSocket.class);
            });
  }

  @Test
  void connectionWhoseSupplierThrowsIsCounted() {
    TomcatNode.Deployment broken =
        (container, sockets) -> {
          sockets.supplyEndpoints(
              BuiltSocket.class,
              () -> {
                throw new IllegalStateException("by the test");
              });
          container.addEndpoint(BuiltSocket.class);
        };
    try (TomcatNode node = TomcatNode.builder(redis.uri()).deployment(broken).start()) {
      assertThat(node.connectTo("/ws?user=alice").awaitClosed()).startsWith("1006");

      assertThat(node.fanout.counters().handshakesRefused())
          .containsEntry(HandshakeRefusal.ENDPOINT_FAILED, 1L);
    }
  }

  /** The container would make it by itself, without the supplier. */
  @ServerEndpoint("/ws")
  public static class SocketOfTheContainer {}

  @Test
  void supplierOfAnEndpointThatTheContainerMakesIsRefused() {
    try (TomcatNode node = builtSocket(new AtomicInteger()).start()) {
      for (Class<?> type : List.of(SocketOfTheContainer.class, Object.class)) {
        assertThatThrownBy(() -> supplyNothing(node.sockets, type))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("annotate the endpoint with @ServerEndpoint(value = …,")
            .hasMessageEndingWith(type.getName());
      }
    }
  }

  private static <T> void supplyNothing(JakartaFanout sockets, Class<T> type) {
    sockets.supplyEndpoints(
        type,
        () -> {
          throw new AssertionError("called");
        });
  }

  private static void awaitNoSessions(TomcatNode node) {
    await().until(() -> node.fanout.counters().sessions() == 0);
  }

  @Test
  void declaredEndpointsOfTwoNodesFindTheirOwnNode() {
    TomcatNode.Deployment declared =
        (container, sockets) -> container.addEndpoint(DeclaredSocket.class);
    try (TomcatNode a = TomcatNode.builder(redis.uri()).deployment(declared).start();
        TomcatNode b = TomcatNode.builder(redis.uri()).deployment(declared).start()) {
      RecordingClient alice = a.connect("alice");
      RecordingClient bob = b.connect("bob");
      assertThat(a.fanout.counters().sessions()).isOne();
      assertThat(b.fanout.counters().sessions()).isOne();

      alice.send("hi");
      assertThat(alice.next()).isEqualTo("\"alice: hi\"");
      assertThat(bob.next()).isEqualTo("\"alice: hi\"");
      // Redis sends the message on before it answers the publish.
      await().until(() -> a.fanout.counters().published() == 1);
      assertThat(b.fanout.counters().published()).isZero();

      alice.leave();
      awaitNoSessions(a);
      assertThat(b.fanout.counters().sessions()).isOne();
    }
  }

  @Test
  void anEndpointBuiltByTheApplicationGetsItsCollaborators() {
    AtomicInteger pongs = new AtomicInteger();
    try (TomcatNode node =
        builtSocket(pongs)
            .config(
                config ->
                    config
                        .pingInterval(Duration.ofMillis(100))
                        .silenceLimit(Duration.ofMillis(600)))
            .start()) {
      RecordingClient alice = node.connect("alice");

      await().untilAsserted(() -> assertThat(pongs).hasValueGreaterThan(12));

      node.fanout.publisher().publish(List.of("alice"), 1);
      assertThat(alice.next()).isEqualTo("1");
      alice.leave();
      awaitNoSessions(node);
    }
  }

  @Test
  void anEndpointThatThrowsHasItsSessionClosedWith1011() {
    try (TomcatNode node = builtSocket(new AtomicInteger()).start()) {
      RecordingClient alice = node.connect("alice");

      alice.send("x");

      assertThat(alice.awaitClosed()).isEqualTo("1011 session failed");
      awaitNoSessions(node);
    }
  }

  @Test
  void theReadyMadeEndpointHandsTextToItsHandler() {
    try (TomcatNode node =
        TomcatNode.builder(redis.uri())
            .handler((session, text) -> session.send(session.userId() + " wrote " + text))
            .start()) {
      RecordingClient alice = node.connect("alice");

      alice.send("xin ch\u00e0o");

      assertThat(alice.next()).isEqualTo("\"alice wrote xin ch\u00e0o\"");
    }
  }

  @Test
  void inboundTextKeepsASessionAlive() {
    AtomicInteger texts = new AtomicInteger();
    try (TomcatNode node =
        TomcatNode.builder(redis.uri())
            .handler((session, text) -> texts.incrementAndGet())
            .config(
                config ->
                    config
                        .pingInterval(Duration.ofMillis(400))
                        .silenceLimit(Duration.ofMillis(800)))
            .start()) {
      RecordingClient alice = node.connect("alice");

      await()
          .pollInterval(Duration.ofMillis(100))
          .until(
              () -> {
                alice.send("x");
                return texts.get() >= 15;
              });

      assertThat(alice.pings()).as("no ping was needed").isZero();
      assertThat(alice.isClosed()).isFalse();
    }
  }

  @Test
  void aHandlerThatThrowsDisconnectsItsSessionOnly() {
    try (TomcatNode node =
        TomcatNode.builder(redis.uri())
            .handler(
                (session, text) -> {
                  throw new IllegalStateException("handler is broken");
                })
            .start()) {
      RecordingClient alice = node.connect("alice");
      RecordingClient bob = node.connect("bob");

      alice.send("x");

      assertThat(alice.awaitClosed()).isEqualTo("1011 session failed");
      await().until(() -> node.fanout.counters().sessions() == 1);
      assertThat(bob.isClosed()).isFalse();
    }
  }

  @Test
  void textOfTheLimitIsTakenAndLongerOneIsClosedWith4413() {
    AtomicInteger length = new AtomicInteger();
    try (TomcatNode node =
        TomcatNode.builder(redis.uri())
            .handler((session, text) -> length.set(text.length()))
            .start()) {
      RecordingClient alice = node.connect("alice");

      alice.send("x".repeat(65_536));
      await().untilAsserted(() -> assertThat(length).hasValue(65_536));
      assertThat(alice.isClosed()).isFalse();

      alice.send("x".repeat(65_537));
      assertThat(alice.awaitClosed()).isEqualTo("4413 message is too long");
      awaitNoSessions(node);
    }
  }

  @Test
  void binaryMessageIsClosedWith4400() {
    try (TomcatNode node = TomcatNode.start(redis.uri())) {
      RecordingClient alice = node.connect("alice");

      alice.sendBinary((byte) 1);

      assertThat(alice.awaitClosed()).isEqualTo("4400 binary messages are not accepted");
      awaitNoSessions(node);
    }
  }

  @Test
  void declaredEndpointHoldsTheLimitsThatTheContainerDoesNot() {
    TomcatNode.Deployment declared =
        (container, sockets) -> container.addEndpoint(DeclaredSocket.class);
    try (TomcatNode node =
        TomcatNode.builder(redis.uri())
            .jakarta(config -> config.inboundTextLimitBytes(1_000).inboundRate(1, 2))
            .deployment(declared)
            .start()) {
      RecordingClient alice = node.connect("alice");
      RecordingClient bob = node.connect("bob");

      alice.send("\u00e9".repeat(501)); // Tomcat counts UTF-16 units
      for (int i = 0; i < 3; i++) {
        bob.send("x");
      }

      assertThat(alice.awaitClosed()).isEqualTo("4413 message is too long");
      assertThat(bob.awaitClosed()).isEqualTo("4429 too many messages");
      awaitNoSessions(node);
    }
  }

  @Test
  void compressionIsNotNegotiated() throws Exception {
    try (TomcatNode node = TomcatNode.start(redis.uri());
        RawClient alice =
            RawClient.connect(node, "alice", "Sec-WebSocket-Extensions: permessage-deflate")) {
      assertThat(alice.status()).isEqualTo(101);
      assertThat(alice.response.toLowerCase(Locale.ROOT))
          .doesNotContain("sec-websocket-extensions");
    }
  }
}
