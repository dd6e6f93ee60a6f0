package io.github.redisfanout.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.redisfanout.HandshakeRefusal;
import io.github.redisfanout.testkit.RecordingClient;
import java.net.URI;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who may connect, and as whom. */
public abstract class HandshakeContract extends ContainerContract {

  private static int refusal(Node node, String query, String... headers) {
    CompletionException thrown =
        catchThrowableOfType(
            CompletionException.class, () -> node.handshake(query, headers).close());
    if (thrown.getCause() instanceof WebSocketHandshakeException refused) {
      return refused.getResponse().statusCode();
    }
    throw thrown;
  }

  @Test
  void handshakeWithoutAnIdentityIsRefused() throws Exception {
    try (Node node = node()) {
      if (deviates(Deviation.NO_SERVLETS)) {
        try (RecordingClient nobody = node.handshake("")) {
          assertThat(nobody.awaitClosed()).isEqualTo("4401 no identity");
          skip(Deviation.NO_SERVLETS);
        }
      }
      assertThat(refusal(node, "")).isEqualTo(401);
      assertThat(node.fanout().counters().sessions()).isZero();
    }
  }

  @Test
  void handshakeFromAForeignPageIsRefused() throws Exception {
    String foreign = "http://evil.example";
    try (Node node = node();
        RawClient page = RawClient.handshake(node.port(), "?user=alice", "Origin: " + foreign)) {
      assertThat(page.status()).isEqualTo(403);
      assertThat(node.fanout().counters().sessions()).isZero();
      if (deviates(Deviation.REFUSAL_WITHOUT_END)) {
        assertThat(page.awaitEnd(Duration.ofMillis(200))).isFalse();
        skip(Deviation.REFUSAL_WITHOUT_END);
      }
      assertThat(refusal(node, "?user=alice", "Origin", foreign)).isEqualTo(403);
      assertThat(node.fanout().counters().sessions()).isZero();
    }
  }

  @Test
  void handshakeFromAnAllowedPageIsAccepted() throws Exception {
    try (Node node = node()) {
      String origin =
          deviates(Deviation.NO_SERVLETS) ? ServerSetup.ORIGIN : "http://127.0.0.1:" + node.port();
      try (RecordingClient alice = node.handshake("?user=alice", "Origin", origin)) {
        soon().until(() -> !node.sessions("alice").isEmpty());
        node.publish(List.of("alice"), 1);

        assertThat(alice.next()).isEqualTo("1");
      }
    }
  }

  /** A client for HTTP/2 without TLS, from a container that offers WebSockets over it. */
  protected abstract Http2Client http2Client() throws Exception;

  @Test
  void handshakeOverHttp2IsAccepted() throws Exception {
    if (deviates(Deviation.NO_HTTP_2)) {
      skip(Deviation.NO_HTTP_2);
    }
    try (Node node = nodeWithHttp2()) {
      if (deviates(Deviation.NO_WEBSOCKETS_OVER_HTTP_2)) {
        assertThat(Http2Settings.offerWebSocket(node.port())).isFalse();
        skip(Deviation.NO_WEBSOCKETS_OVER_HTTP_2);
      }
      assertThat(Http2Settings.offerWebSocket(node.port())).isTrue();
      BlockingQueue<String> texts = new LinkedBlockingQueue<>();
      String own = "http://127.0.0.1:" + node.port();
      assertThat(isAcceptedOverHttp2(node.uri(""), own)).isFalse();
      assertThat(isAcceptedOverHttp2(node.uri("?user=alice"), "http://evil.example")).isFalse();
      try (Http2Client client = http2Client()) {
        assertThat(client.open(node.uri("?user=alice"), own, texts::add)).isTrue();

        soon().until(() -> !node.sessions("alice").isEmpty());
        node.publish(List.of("alice"), 1);
        assertThat(texts.poll(10, TimeUnit.SECONDS)).isEqualTo("1");
        assertThat(node.fanout().counters().handshakesRefused())
            .containsEntry(HandshakeRefusal.NO_IDENTITY, 1L)
            .containsEntry(HandshakeRefusal.FOREIGN_ORIGIN, 1L)
            .containsEntry(HandshakeRefusal.NOT_WEBSOCKET, 0L);
      }
    }
  }

  private boolean isAcceptedOverHttp2(URI uri, String origin) throws Exception {
    try (Http2Client client = http2Client()) {
      return client.open(uri, origin, text -> {});
    }
  }

  @Test
  void handshakesAtTheSameTimeAreNotTakenForOneAnother() throws Exception {
    List<CompletableFuture<RecordingClient>> clients = new ArrayList<>();
    int users = 30;
    try (Node node = node()) {
      for (int i = 0; i < users; i++) {
        String query = "?user=user" + i;
        clients.add(CompletableFuture.supplyAsync(() -> node.handshake(query)));
      }
      soon().until(() -> node.fanout().counters().sessions() == users);
      for (int i = 0; i < users; i++) {
        node.publish(List.of("user" + i), i);
      }
      node.publish(IntStream.range(0, users).mapToObj(i -> "user" + i).toList(), "all");

      for (int i = 0; i < users; i++) {
        RecordingClient client = clients.get(i).get(10, TimeUnit.SECONDS);
        assertThat(client.next()).isEqualTo("" + i);
        assertThat(client.next()).isEqualTo("\"all\"");
      }
    } finally {
      for (CompletableFuture<RecordingClient> client : clients) {
        client.get(10, TimeUnit.SECONDS).close();
      }
    }
  }
}
