package io.github.redisfanout.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.testkit.RecordingClient;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The application's own principal and HTTP session, beside the user whom the handshake found. */
public abstract class LoginContract extends ContainerContract {

  private void skipWithoutServlets() {
    if (deviates(Deviation.NO_LOGINS)) {
      skip(Deviation.NO_LOGINS);
    }
  }

  /** Tells each client which principal it has for the container. */
  private Node nodeThatTellsPrincipals() throws Exception {
    return node(
        config(),
        (session, socket) -> {
          Principal principal = socket.getUserPrincipal();
          session.send(principal == null ? "nobody" : principal.getName());
        });
  }

  @Test
  void applicationsOwnPrincipalStaysReachable() throws Exception {
    skipWithoutServlets();
    try (Node node = nodeThatTellsPrincipals();
        RecordingClient alice = node.handshake("?user=alice&login=alice@example");
        RecordingClient bob = node.handshake("?user=bob&login=bob@example")) {
      assertThat(alice.next()).isEqualTo("\"alice@example\"");
      assertThat(bob.next()).isEqualTo("\"bob@example\"");

      node.publish(List.of("alice"), 1);
      assertThat(alice.next()).isEqualTo("1");
    }
  }

  @Test
  void userOfTheHandshakeIsNoPrincipal() throws Exception {
    try (Node node = nodeThatTellsPrincipals();
        RecordingClient alice = node.handshake("?user=alice")) {
      assertThat(alice.next()).isEqualTo("\"nobody\"");
    }
  }

  @Test
  void webSocketOutlivesAnHttpSessionWithoutLogin() throws Exception {
    skipWithoutServlets();
    try (Node node = node();
        RecordingClient alice = node.handshake("?user=alice&visit")) {
      soon().until(() -> !node.sessions("alice").isEmpty());
      node.publish(List.of("alice"), "before");
      assertThat(alice.next()).isEqualTo("\"before\"");

      Login.end("alice");

      if (deviates(Deviation.TIED_TO_HTTP_SESSIONS)) {
        assertThat(alice.awaitClosed()).startsWith("1008");
        skip(Deviation.TIED_TO_HTTP_SESSIONS);
      }
      for (int i = 0; i < 20; i++) {
        node.publish(List.of("alice"), i);
        assertThat(alice.next()).isEqualTo("" + i);
      }
      assertThat(node.disconnects()).isEmpty();
    }
  }

  @Test
  void webSocketOfALoginEndsWithItsHttpSession() throws Exception {
    skipWithoutServlets();
    try (Node node = nodeThatTellsPrincipals();
        RecordingClient alice = node.handshake("?user=alice&login=alice")) {
      // Tomcat ties the two together after it has opened the WebSocket.
      assertThat(alice.next()).isEqualTo("\"alice\"");
      node.publish(List.of("alice"), "before");
      assertThat(alice.next()).isEqualTo("\"before\"");

      Login.end("alice");

      if (deviates(Deviation.OUTLIVES_LOGINS)) {
        node.publish(List.of("alice"), "after");
        assertThat(alice.next()).isEqualTo("\"after\"");
        skip(Deviation.OUTLIVES_LOGINS);
      }
      assertThat(alice.awaitClosed()).startsWith("1008");
      soon().until(() -> node.fanout().counters().sessions() == 0);
      assertThat(node.disconnects()).isEqualTo(Map.of());
    }
  }
}
