package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.HandshakeRefusal;
import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import jakarta.websocket.Endpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every refused handshake is counted, and who runs the node can find out why. */
class RefusedHandshakesTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private final Set<String> tickets = ConcurrentHashMap.newKeySet();
  private final List<LogRecord> logged = new CopyOnWriteArrayList<>();
  private final Logger ours = Logger.getLogger("io.github.redisfanout");
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          logged.add(entry);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void captureTheLog() {
    ours.addHandler(handler);
  }

  @AfterEach
  void leaveTheLog() {
    ours.removeHandler(handler);
  }

  private List<String> warnings(String beginning) {
    return logged.stream()
        .filter(entry -> entry.getLevel() == Level.WARNING)
        .map(new SimpleFormatter()::formatMessage)
        .filter(message -> message.startsWith(beginning))
        .toList();
  }

  private TomcatNode.Builder node() {
    return TomcatNode.builder(redis.uri())
        .authenticator(
            request -> {
              String ticket = String.valueOf(request.getParameter("ticket"));
              if (ticket.equals("broken")) {
                throw new IOException("no database");
              }
              return tickets.remove(ticket) ? "alice" : null;
            });
  }

  /** Every reason is a key. */
  private static Map<HandshakeRefusal, Long> counts(Map<HandshakeRefusal, Long> others) {
    Map<HandshakeRefusal, Long> all = new EnumMap<>(HandshakeRefusal.class);
    for (HandshakeRefusal reason : HandshakeRefusal.values()) {
      all.put(reason, others.getOrDefault(reason, 0L));
    }
    return all;
  }

  private static Map<HandshakeRefusal, Long> refused(TomcatNode node) {
    return node.fanout.counters().handshakesRefused();
  }

  private static RawClient send(TomcatNode node, String method, String... headers)
      throws IOException {
    String line = method + " /ws?ticket=t1 HTTP/1.1";
    return RawClient.send(node.port(), line, "127.0.0.1:" + node.port(), "websocket", headers);
  }

  @Test
  void eachIsCountedByItsReason() throws IOException {
    tickets.add("t1");
    try (TomcatNode node = node().start()) {
      assertThat(refused(node)).isEqualTo(counts(Map.of()));

      assertThat(node.status("/ws?ticket=t1", "Origin", "https://evil.example")).isEqualTo(403);
      assertThat(node.status("/ws")).isEqualTo(401);
      assertThat(node.status("/ws?ticket=made-up")).isEqualTo(401);
      assertThat(node.status("/ws?ticket=broken")).isEqualTo(503);
      try (RawClient post = send(node, "POST")) {
        assertThat(post.status()).isEqualTo(426);
      }

      assertThat(refused(node))
          .isEqualTo(
              counts(
                  Map.of(
                      HandshakeRefusal.FOREIGN_ORIGIN, 1L,
                      HandshakeRefusal.NO_IDENTITY, 2L,
                      HandshakeRefusal.AUTHENTICATOR_FAILED, 1L,
                      HandshakeRefusal.NOT_WEBSOCKET, 1L)));
      assertThat(node.fanout.counters().disconnects()).isEmpty();
    }
  }

  @Test
  void foreignOriginIsLoggedOnceInTenSecondsWithAllThatWasCompared() throws IOException {
    try (TomcatNode node = node().origins(OriginPolicy.sameHostOr("https://app.example")).start()) {
      String hostile = "Origin: https://evil\u00a0[31m" + "x".repeat(200);
      for (int i = 0; i < 3; i++) {
        try (RawClient page = send(node, "GET", hostile)) {
          assertThat(page.status()).isEqualTo(403);
        }
      }

      String host = "\"127.0.0.1:" + node.port() + "\"";
      assertThat(warnings("Handshake refused with 403"))
          .containsExactly(
              "Handshake refused with 403: origin \"https://evil?[31m"
                  + "x".repeat(83)
                  + "…\", Host header "
                  + host
                  + ", host for the container "
                  + host
                  + " without TLS; allowed: the same host, https://app.example");
    }
  }

  @Test
  void withoutFilterAForeignOriginIsLoggedToo() {
    try (TomcatNode node =
        node()
            .withoutFilter()
            .deployment(
                (container, sockets) ->
                    container.addEndpoint(
                        ServerEndpointConfig.Builder.create(FanoutEndpoint.class, "/ws")
                            .configurator(
                                FanoutConfigurator.withoutFilter(
                                    sockets,
                                    request -> "alice",
                                    List.of("https://app.example"),
                                    () -> new FanoutEndpoint(sockets)))
                            .build()))
            .start()) {
      assertThat(node.status("/ws", "Origin", "https://evil.example")).isEqualTo(403);

      assertThat(warnings("Handshake refused with 403"))
          .containsExactly(
              "Handshake refused with 403: origin \"https://evil.example\"; allowed:"
                  + " [https://app.example:443]");
    }
  }

  @Test
  void drainingNodeAnswers503BeforeATicketIsUsedUp() {
    tickets.add("t1");
    try (TomcatNode node = node().start()) {
      node.fanout.drain(Duration.ZERO);

      assertThat(node.status("/ws?ticket=t1")).isEqualTo(503);
      assertThat(node.status("/ws?ticket=t1", "Origin", "https://evil.example")).isEqualTo(403);
      node.fanout.close();
      assertThat(node.status("/ws?ticket=t1")).isEqualTo(503);

      assertThat(tickets).contains("t1");
      assertThat(refused(node))
          .isEqualTo(
              counts(Map.of(HandshakeRefusal.DRAINING, 2L, HandshakeRefusal.FOREIGN_ORIGIN, 1L)));
      assertThat(node.fanout.counters().disconnects()).isEmpty();
    }
  }

  @Test
  void pageMayBeToldWith4401NotToComeBack() throws IOException {
    tickets.addAll(Set.of("t1", "t2"));
    try (TomcatNode node = node().identityRefusal(IdentityRefusal.CLOSE_4401).start()) {
      RecordingClient nobody = node.connectTo("/ws?ticket=made-up");
      assertThat(nobody.awaitClosed()).isEqualTo("4401 no identity");

      assertThat(node.fanout.counters().sessions()).isZero();
      assertThat(node.fanout.counters().disconnects()).isEmpty();
      assertThat(refused(node)).isEqualTo(counts(Map.of(HandshakeRefusal.NO_IDENTITY, 1L)));
      assertThat(node.status("/ws?ticket=t1")).isEqualTo(101);
      try (RawClient post = send(node, "POST")) {
        assertThat(post.status()).as("what is no handshake cannot be closed").isEqualTo(401);
      }
      assertThat(node.status("/ws?ticket=broken")).isEqualTo(503);
    }
  }

  /** An endpoint that finds out its users itself, in spite of the filter. */
  @Test
  void refusedClientGetsNoSessionWhateverTheEndpointSays() {
    List<Object> opened = new CopyOnWriteArrayList<>();
    try (TomcatNode node =
        node()
            .identityRefusal(IdentityRefusal.CLOSE_4401)
            .deployment(
                (container, sockets) ->
                    container.addEndpoint(
                        ServerEndpointConfig.Builder.create(OwnIdentity.class, "/ws")
                            .configurator(
                                new FanoutConfigurator(() -> new OwnIdentity(sockets, opened)))
                            .build()))
            .start()) {
      assertThat(node.connectTo("/ws").awaitClosed()).isEqualTo("4401 no identity");

      await().untilAsserted(() -> assertThat(opened).containsExactly("refused"));
      assertThat(node.fanout.sessions("somebody")).isEmpty();
    }
  }

  /** Opens every session for the same user. */
  public static final class OwnIdentity extends Endpoint {
    private final JakartaFanout sockets;
    private final List<Object> opened;

    OwnIdentity(JakartaFanout sockets, List<Object> opened) {
      this.sockets = sockets;
      this.opened = opened;
    }

    @Override
    public void onOpen(jakarta.websocket.Session session, jakarta.websocket.EndpointConfig config) {
      opened.add(sockets.onOpen(session, "somebody") == null ? "refused" : "opened");
    }
  }
}
