package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.redisfanout.HandshakeRefusal;
import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An endpoint that decides by itself who may connect, without a servlet filter. */
class UnfilteredHandshakeTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();
  private static TomcatNode node;

  @BeforeAll
  static void start() {
    node =
        TomcatNode.builder(redis.uri())
            .withoutFilter()
            .deployment(
                (container, sockets) ->
                    container.addEndpoint(
                        ServerEndpointConfig.Builder.create(FanoutEndpoint.class, "/ws")
                            .configurator(
                                FanoutConfigurator.withoutFilter(
                                    sockets,
                                    UnfilteredHandshakeTest::userOf,
                                    List.of("https://app.example", "http://localhost:3000"),
                                    () -> new FanoutEndpoint(sockets)))
                            .build()))
            .start();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String userOf(HandshakeRequest request) throws Exception {
    List<String> users = request.getParameterMap().get("user");
    if (users != null && users.contains("trouble")) {
      throw new IllegalStateException("no database");
    }
    return users == null ? null : users.get(0);
  }

  @Test
  void theUserOfTheHandshakeIsOpened() {
    RecordingClient alice = node.connect("alice");

    node.fanout.publisher().publish(List.of("alice"), 1);

    assertThat(alice.next()).isEqualTo("1");
    alice.leave();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/ws", "/ws?user="})
  void sessionWithoutUserIsClosedWith4401(String path) {
    long before = refused(HandshakeRefusal.NO_IDENTITY);
    RecordingClient nobody = node.connectTo(path);

    assertThat(nobody.awaitClosed()).isEqualTo("4401 no identity");
    assertThat(node.fanout.counters().sessions()).isZero();
    assertThat(refused(HandshakeRefusal.NO_IDENTITY)).isEqualTo(before + 1);
  }

  private static long refused(HandshakeRefusal reason) {
    return node.fanout.counters().handshakesRefused().get(reason);
  }

  @Test
  void sessionWhoseUserCannotBeFoundOutIsClosedWith1013() {
    long before = refused(HandshakeRefusal.AUTHENTICATOR_FAILED);
    RecordingClient trouble = node.connectTo("/ws?user=trouble");

    assertThat(trouble.awaitClosed()).isEqualTo("1013 identity cannot be found out now");
    assertThat(refused(HandshakeRefusal.AUTHENTICATOR_FAILED)).isEqualTo(before + 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://app.example", "https://APP.example:443", "http://localhost:3000"})
  void pagesOfTheOriginsNamedMayConnect(String origin) {
    assertThat(node.status("/ws?user=visitor", "Origin", origin)).isEqualTo(101);
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://evil.example", "http://app.example", "null", "nonsense", "SELF"})
  void otherPagesMayNotAlsoNotTheServersOwn(String origin) {
    String sent = origin.equals("SELF") ? "http://127.0.0.1:" + node.port() : origin;

    long before = refused(HandshakeRefusal.FOREIGN_ORIGIN);

    assertThat(node.status("/ws?user=visitor", "Origin", sent)).isEqualTo(403);
    assertThat(refused(HandshakeRefusal.FOREIGN_ORIGIN)).isEqualTo(before + 1);
  }

  @Test
  void noOriginsOrBadOnesAreRefused() {
    assertThatThrownBy(() -> withOrigins(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("origins must name at least one: []");
    assertThatThrownBy(() -> withOrigins(List.of("app.example")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("origin must be scheme://host");
  }

  private static void withOrigins(List<String> origins) {
    FanoutConfigurator.withoutFilter(
        node.sockets, request -> "a", origins, () -> new FanoutEndpoint(node.sockets));
  }
}
