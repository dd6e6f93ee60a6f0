package io.github.redisfanout.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Audience;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.testkit.RecordingClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Real clients on several nodes, whom another node publishes for and disconnects. */
public abstract class AudienceContract extends ContainerContract {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** Lets each session join the rooms that its client asks for, and then tells it its id. */
  private Node nodeWithRooms() throws Exception {
    return node(
        config(),
        (session, socket) -> {
          List<String> rooms = socket.getRequestParameterMap().getOrDefault("room", List.of());
          rooms.forEach(session::join);
          session.send(session.id());
        });
  }

  /** The id that the session's client was told first. */
  private static String sessionId(RecordingClient client) {
    return client.next().replace("\"", "");
  }

  @Test
  void everybodyButTheTabThatSentItGetsIt() throws Exception {
    try (Node here = nodeWithRooms();
        Node there = nodeWithRooms();
        RecordingClient own = here.handshake("?user=alice");
        RecordingClient otherHere = here.handshake("?user=alice");
        RecordingClient otherThere = there.handshake("?user=alice");
        RecordingClient bob = there.handshake("?user=bob")) {
      String id = sessionId(own);
      List.of(otherHere, otherThere, bob).forEach(AudienceContract::sessionId);
      Publisher publisher = there.fanout().publisher();

      publisher.publishAndWait(Audience.everyone().exceptSessions(id), 1, LIMIT);
      publisher.publishAndWait(Audience.user("alice").exceptSessions(id), 2, LIMIT);
      publisher.publishAndWait(Audience.everyone(), 3, LIMIT);

      assertThat(own.next()).isEqualTo("3");
      assertThat(otherHere.next(3)).containsExactly("1", "2", "3");
      assertThat(otherThere.next(3)).containsExactly("1", "2", "3");
      assertThat(bob.next(2)).containsExactly("1", "3");
    }
  }

  @Test
  void sessionThatJoinsAGroupWhenItOpensGetsWhatIsForTheGroup() throws Exception {
    try (Node here = nodeWithRooms();
        Node there = nodeWithRooms();
        RecordingClient alice = here.handshake("?user=alice&room=1&room=2");
        RecordingClient bob = there.handshake("?user=bob&room=2");
        RecordingClient carol = there.handshake("?user=carol")) {
      List.of(alice, bob, carol).forEach(AudienceContract::sessionId);
      Publisher publisher = here.fanout().publisher();

      publisher.publishAndWait(Audience.group("1"), 1, LIMIT);
      publisher.publishAndWait(Audience.groups("1", "2"), 2, LIMIT);
      publisher.publishAndWait(Audience.group("2").exceptUsers("alice"), 3, LIMIT);
      publisher.publishAndWait(Audience.everyone(), 4, LIMIT);

      assertThat(alice.next(3)).containsExactly("1", "2", "4");
      assertThat(bob.next(3)).containsExactly("2", "3", "4");
      assertThat(carol.next()).isEqualTo("4");
    }
  }

  @Test
  void anotherNodeDisconnectsAUserEverywhereWithItsCodeAndReason() throws Exception {
    try (Node first = node();
        Node second = node();
        Node third = node();
        RecordingClient phone = first.connect("mallory");
        RecordingClient laptop = second.connect("mallory");
        RecordingClient alice = second.connect("alice")) {
      long nodes =
          third
              .fanout()
              .publisher()
              .disconnect(Audience.user("mallory"), new Disconnect(4403, "banned"))
              .get(10, TimeUnit.SECONDS)
              .nodes();

      assertThat(nodes).isEqualTo(3);
      assertThat(phone.awaitClosed()).isEqualTo("4403 banned");
      assertThat(laptop.awaitClosed()).isEqualTo("4403 banned");
      for (Node node : List.of(first, second)) {
        soon().until(() -> node.disconnects().equals(Map.of(4403, 1L)));
      }
      third.publish(List.of("mallory", "alice"), 1);
      assertThat(alice.next()).isEqualTo("1");
    }
  }
}
