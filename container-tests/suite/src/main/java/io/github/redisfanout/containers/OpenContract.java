package io.github.redisfanout.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Routing;
import io.github.redisfanout.jakarta.JakartaConfig;
import io.github.redisfanout.testkit.RecordingClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The application gets each session that opens, before anything else of its client. */
public abstract class OpenContract extends ContainerContract {

  @Test
  void sessionIsHandedToTheApplicationBeforeItsFirstText() throws Exception {
    CountDownLatch handled = new CountDownLatch(1);
    try (Node node =
            node(
                config(),
                (session, socket) -> {
                  // Where the client can send meanwhile, there is time enough.
                  boolean tooEarly = handled.await(300, TimeUnit.MILLISECONDS);
                  session.send(tooEarly ? "late" : "opened");
                },
                (session, text) -> {
                  handled.countDown();
                  session.send(text);
                });
        RecordingClient alice = node.handshake("?user=alice")) {
      alice.send("text");

      assertThat(alice.next(2)).containsExactly("\"opened\"", "\"text\"");
    }
  }

  @Test
  void sessionIsHandedOverWhenItIsReadyAndNoThreadOfTheContainerWaits() throws Exception {
    Queue<String> opened = new ConcurrentLinkedQueue<>();
    try (Node node =
        node(
            config().routing(Routing.ADAPTIVE),
            JakartaConfig.builder().openWhenReady(true),
            sockets ->
                new ServerSetup(sockets, (session, text) -> session.send(text))
                    .withOpenHandler(
                        (session, socket) -> {
                          opened.add(session.userId());
                          session.send("opened");
                        }))) {
      pauseRedis(); // so that it cannot confirm the user's channel
      List<RecordingClient> waiting = new ArrayList<>();
      try {
        for (int i = 0; i < 20; i++) { // more than some containers have threads
          waiting.add(node.connect("user-" + i));
        }
        for (RecordingClient client : waiting) {
          client.send("text");
          assertThat(client.next()).isEqualTo("\"text\"");
        }
        node.connect("leaving").close();
        soon().until(() -> node.sessions("leaving").isEmpty());
        assertThat(opened).isEmpty();
      } finally {
        resumeRedis();
      }

      for (RecordingClient client : waiting) {
        assertThat(client.next()).isEqualTo("\"opened\"");
      }
      assertThat(opened).hasSize(waiting.size()).doesNotContain("leaving");
      waiting.forEach(RecordingClient::close);
    }
  }

  @Test
  void sessionTheApplicationCannotOpenIsClosedWith1011() throws Exception {
    try (Node node =
            node(
                config(),
                (session, socket) -> {
                  if (session.userId().equals("mallory")) {
                    throw new Exception("by the test");
                  }
                });
        RecordingClient alice = node.connect("alice");
        RecordingClient mallory = node.handshake("?user=mallory")) {
      assertThat(mallory.awaitClosed()).isEqualTo("1011 session failed");

      soon().until(() -> node.disconnects().equals(Map.of(1011, 1L)));
      node.publish(List.of("alice"), 1);
      assertThat(alice.next()).isEqualTo("1");
    }
  }

  @Test
  void sessionThatWasRefusedIsNotHandedToTheApplication() throws Exception {
    Queue<String> opened = new ConcurrentLinkedQueue<>();
    try (Node node =
            node(config().maxSessions(1), (session, socket) -> opened.add(session.userId()));
        RecordingClient alice = node.connect("alice");
        RecordingClient bob = node.handshake("?user=bob")) {
      assertThat(bob.awaitClosed()).isEqualTo("1013 node is full");

      soon().until(() -> !opened.isEmpty()); // a session is registered a moment before
      assertThat(opened).containsExactly("alice");
      assertThat(alice.isClosed()).isFalse();
    }
  }
}
