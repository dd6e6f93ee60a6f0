package io.github.redisfanout.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.HandshakeRefusal;
import io.github.redisfanout.SessionLimitPolicy;
import io.github.redisfanout.testkit.RecordingClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whenever the node closes a session, its client learns why. */
public abstract class SessionContract extends ContainerContract {
  private static final String GOING_AWAY = "1001 node is shutting down";

  @Test
  void closingTheNodeTellsEveryClientThatItGoesAway() throws Exception {
    try (Node node = node();
        RecordingClient alice = node.connect("alice");
        RecordingClient bob = node.connect("bob")) {
      node.fanout().close();

      assertThat(alice.awaitClosed()).isEqualTo(GOING_AWAY);
      assertThat(bob.awaitClosed()).isEqualTo(GOING_AWAY);
      assertThat(node.disconnects()).isEqualTo(Map.of(1001, 2L));
    }
  }

  @Test
  void drainingClosesSessionsOneAfterTheOtherAndRefusesNewOnes() throws Exception {
    List<RecordingClient> clients = new ArrayList<>();
    try (Node node = node()) {
      for (int i = 0; i < 4; i++) {
        clients.add(node.connect("user" + i));
      }
      long startNanos = System.nanoTime();
      CompletableFuture<?> drained = node.fanout().drain(Duration.ofMillis(600));

      soon().until(() -> clients.stream().anyMatch(RecordingClient::isClosed));
      if (deviates(Deviation.NO_SERVLETS)) {
        try (RecordingClient late = node.handshake("?user=late")) {
          assertThat(late.awaitClosed()).isEqualTo(GOING_AWAY);
        }
      } else {
        assertThat(RecordingClient.handshakeStatus(node.uri("?user=late"))).isEqualTo(503);
      }
      assertThat(node.fanout().counters().handshakesRefused())
          .containsEntry(HandshakeRefusal.DRAINING, 1L);

      drained.get(10, TimeUnit.SECONDS);
      assertThat(clients).allMatch(client -> client.awaitClosed().equals(GOING_AWAY));
      Duration spread = Duration.ofNanos(System.nanoTime() - startNanos);
      assertThat(spread).as("the last one stays to the end").isGreaterThan(Duration.ofMillis(500));
      assertThat(node.disconnects()).isEqualTo(Map.of(1001, 4L));
    } finally {
      clients.forEach(RecordingClient::close);
    }
  }

  @Test
  void clientIsToldTheApplicationsOwnCodeAndReason() throws Exception {
    try (Node node = node();
        RecordingClient alice = node.connect("alice")) {
      node.session("alice").disconnect(new Disconnect(4001, "enough of it: é😀"));

      assertThat(alice.awaitClosed()).isEqualTo("4001 enough of it: é😀");
      assertThat(node.disconnects()).isEqualTo(Map.of(4001, 1L));
    }
  }

  @Test
  @Tag("full")
  void slowClientIsToldTheCodeAfterTheMessageOnItsWay() throws Exception {
    ScheduledExecutorService reader = Executors.newSingleThreadScheduledExecutor();
    String big = "x".repeat(900_000);
    try (Node node = node(config().sessionQueueBytes(100 << 20))) {
      for (int code : new int[] {4401, 1013, 1000}) {
        try (RawClient alice = RawClient.connect(node, "alice")) {
          FanoutSession session = node.session("alice");
          List<String> sent = new ArrayList<>();
          for (int i = 0; i < 15; i++) {
            sent.add("\"" + i + big + "\"");
            session.send(i + big);
          }
          awaitStuck(node);

          session.disconnect(new Disconnect(code, "bye"));

          String closed = reader.schedule(alice::awaitClosed, 300, TimeUnit.MILLISECONDS).get();
          assertThat(closed).isEqualTo(code + " bye");
          int texts = alice.texts().size();
          assertThat(alice.texts().equals(sent.subList(0, texts))).isTrue();
          soon().until(() -> node.fanout().counters().sessions() == 0);
        }
      }
    } finally {
      reader.shutdownNow();
    }
  }

  @Test
  void clientIsToldOfAnOrderlyEndAfterWhatWasSentBefore() throws Exception {
    try (Node node = node();
        RecordingClient alice = node.connect("alice")) {
      FanoutSession session = node.session("alice");
      session.send("last");
      soon().until(() -> node.fanout().counters().pending() == 0);

      session.disconnect(new Disconnect(1000, "logged out"));

      assertThat(alice.next()).isEqualTo("\"last\"");
      assertThat(alice.awaitClosed()).isEqualTo("1000 logged out");
      assertThat(node.disconnects()).isEqualTo(Map.of(1000, 1L));
    }
  }

  @Test
  void connectionEndsWhenTheClientHasAnsweredTheClose() throws Exception {
    try (Node node = node();
        RawClient alice = RawClient.connect(node, "alice")) {
      node.session("alice").disconnect(new Disconnect(4001, "bye"));

      assertThat(alice.awaitClosed()).isEqualTo("4001 bye");
      alice.sendClose(4001);

      assertThat(alice.awaitEnd(Duration.ofSeconds(10))).isTrue();
      soon().until(() -> node.fanout().counters().sessions() == 0);
    }
  }

  @Test
  void clientThatAnswersNoPingIsDisconnected() throws Exception {
    try (Node node =
            node(
                config().pingInterval(Duration.ofMillis(50)).silenceLimit(Duration.ofMillis(300)));
        RawClient mute = RawClient.connect(node, "alice")) {
      assertThat(mute.awaitClosed()).isEqualTo("1001 no sign of life");
      assertThat(mute.pings()).isPositive();
      assertThat(node.disconnects()).isEqualTo(Map.of(1001, 1L));
    }
  }

  @Test
  void pongsKeepAnIdleSessionAlive() throws Exception {
    try (Node node =
            node(
                config().pingInterval(Duration.ofMillis(50)).silenceLimit(Duration.ofMillis(400)));
        RecordingClient alice = node.connect("alice")) {
      // Enough for the silence limit to pass, had their pongs not been noticed.
      soon().until(() -> alice.pings() > 14);

      node.publish(List.of("alice"), "still here");
      assertThat(alice.next()).isEqualTo("\"still here\"");
      assertThat(node.disconnects()).isEmpty();
    }
  }

  @Test
  void oneSessionTooManyForTheNodeIsRefused() throws Exception {
    try (Node node = node(config().maxSessions(1));
        RecordingClient alice = node.connect("alice");
        RecordingClient bob = node.handshake("?user=bob")) {
      assertThat(bob.awaitClosed()).isEqualTo("1013 node is full");

      node.publish(List.of("alice", "bob"), 1);
      assertThat(alice.next()).isEqualTo("1");
      assertThat(node.disconnects()).isEqualTo(Map.of(1013, 1L));
    }
  }

  @Test
  void oneSessionTooManyOfAUserIsRefused() throws Exception {
    try (Node node = node(config().maxSessionsPerUser(1, SessionLimitPolicy.REFUSE_NEW));
        RecordingClient first = node.connect("alice");
        RecordingClient second = node.handshake("?user=alice")) {
      assertThat(second.awaitClosed()).isEqualTo("4429 too many sessions of this user");

      node.publish(List.of("alice"), 1);
      assertThat(first.next()).isEqualTo("1");
      assertThat(node.disconnects()).isEqualTo(Map.of(4429, 1L));
    }
  }

  @Test
  void newSessionOfAUserReplacesTheOldest() throws Exception {
    try (Node node = node(config().maxSessionsPerUser(1, SessionLimitPolicy.CLOSE_OLDEST));
        RecordingClient first = node.connect("alice");
        RecordingClient second = node.handshake("?user=alice")) {
      assertThat(first.awaitClosed()).isEqualTo("4409 replaced by a newer session");

      node.publish(List.of("alice"), 1);
      assertThat(second.next()).isEqualTo("1");
      assertThat(node.disconnects()).isEqualTo(Map.of(4409, 1L));
    }
  }

  @Test
  void clientThatPausedTooLongSeesEveryMessageUpToItsEnd() throws Exception {
    try (Node node = node(config().sessionQueueMessages(4));
        RawClient alice = RawClient.connect(node, "alice")) {
      FanoutSession session = node.session("alice");
      String big = "x".repeat(200_000);
      List<String> sent = new ArrayList<>();
      while (session.isOpen() && sent.size() < 500) {
        sent.add("\"" + sent.size() + big + "\"");
        node.publish(List.of("alice"), (sent.size() - 1) + big);
      }
      // A session has closed before its disconnect is counted.
      soon().until(() -> node.disconnects().equals(Map.of(1013, 1L)));

      // It resumes. Whether the code reaches it depends on the container, and on the moment.
      assertThat(alice.awaitClosed()).isIn("1013 send queue is full", RawClient.LOST);
      assertThat(alice.texts().equals(sent.subList(0, alice.texts().size()))).isTrue();
    }
  }

  @Test
  void whatTheApplicationSendsItselfMixesWithTheFanOut() throws Exception {
    int messages = 200;
    String big = "é".repeat(3_000);
    try (Node node = node(config().sessionQueueMessages(1_000).sessionQueueBytes(8 << 20));
        RecordingClient alice = node.connect("alice")) {
      FanoutSession session = node.session("alice");
      CompletableFuture<?> sender =
          CompletableFuture.runAsync(
              () -> IntStream.range(0, messages).forEach(i -> session.send("s" + i + big)));
      for (int i = 0; i < messages; i++) {
        node.publish(List.of("alice"), "p" + i + big);
      }
      sender.get(10, TimeUnit.SECONDS);

      List<String> received = new ArrayList<>();
      for (int i = 0; i < 2 * messages; i++) {
        received.add(alice.next());
      }
      for (String from : List.of("s", "p")) {
        Stream<String> texts = received.stream().filter(text -> text.startsWith("\"" + from));
        assertThat(texts)
            .containsExactlyElementsOf(
                IntStream.range(0, messages).mapToObj(i -> "\"" + from + i + big + "\"").toList());
      }
      assertThat(node.disconnects()).isEmpty();
    }
  }
}
