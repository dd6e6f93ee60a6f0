package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.testkit.RecordingClient;
import io.github.redisfanout.testkit.RedisProcess;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OpenHandlerTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static TomcatNode.Builder node(OpenHandler openHandler) {
    return TomcatNode.builder(redis.uri())
        .handlers(openHandler, (session, text) -> session.send(text));
  }

  @Test
  void sessionThatOpensIsHandedOverBeforeItsFirstText() {
    CountDownLatch handled = new CountDownLatch(1);
    try (TomcatNode node =
        TomcatNode.builder(redis.uri())
            .handlers(
                (session, socket) -> {
                  boolean tooEarly = handled.await(300, TimeUnit.MILLISECONDS);
                  session.send(tooEarly ? "late" : "opened");
                },
                (session, text) -> {
                  handled.countDown();
                  session.send(text);
                })
            .start()) {
      RecordingClient alice = node.connectTo("/ws?user=alice");

      alice.send("text");

      assertThat(alice.next(2)).containsExactly("\"opened\"", "\"text\"");
    }
  }

  @Test
  void clientIsToldItsSessionsIdIfItAsks() {
    try (TomcatNode node =
        node((session, socket) -> {
              if (socket.getRequestParameterMap().containsKey("session")) {
                session.send(Map.of("type", "session", "id", session.id()));
              }
            })
            .start()) {
      RecordingClient alice = node.connectTo("/ws?user=alice&session");
      RecordingClient bob = node.connect("bob");

      String told = alice.next();
      String id = node.fanout.sessions("alice").get(0).id();
      assertThat(told).contains("\"" + id + "\"", "\"session\"");
      bob.send("text");
      assertThat(bob.next()).isEqualTo("\"text\"");
    }
  }

  @Test
  void sessionThatWasRefusedIsNotHandedOver() {
    Queue<String> opened = new ConcurrentLinkedQueue<>();
    try (TomcatNode node =
        node((session, socket) -> opened.add(session.userId()))
            .config(config -> config.maxSessions(1))
            .start()) {
      RecordingClient alice = node.connect("alice");
      RecordingClient bob = node.connectTo("/ws?user=bob");

      assertThat(bob.awaitClosed()).isEqualTo("1013 node is full");
      assertThat(alice.isClosed()).isFalse();
      await().until(() -> !opened.isEmpty()); // a session is registered a moment before
      assertThat(opened).containsExactly("alice");
    }
  }

  @Test
  void openHandlerThatThrowsDisconnectsItsSessionOnly() {
    try (TomcatNode node = node(OpenHandlerTest::refuseMallory).start()) {
      RecordingClient alice = node.connect("alice");
      RecordingClient mallory = node.connectTo("/ws?user=mallory");

      assertThat(mallory.awaitClosed()).isEqualTo("1011 session failed");
      await().until(() -> node.fanout.counters().disconnects().equals(Map.of(1011, 1L)));
      node.fanout.publisher().publish(List.of("alice"), 1);
      assertThat(alice.next()).isEqualTo("1");
    }
  }

  private static void refuseMallory(FanoutSession session, Object socket) throws Exception {
    if (session.userId().equals("mallory")) {
      throw new Exception("by the test");
    }
  }
}
