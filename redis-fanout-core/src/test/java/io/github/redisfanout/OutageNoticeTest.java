package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.ConnectionState;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients are told at the beginning that their node misses messages. */
class OutageNoticeTest {
  private static final String OUTAGE = "{\"type\":\"outage\"}";
  private static final String GAP = "{\"type\":\"resync\"}";

  private final SessionRig rig =
      new SessionRig(
          FanoutConfig.builder("chat").lanes(3).outageNotice(OUTAGE).gapNotice(GAP).build());
  private int changes;

  @AfterEach
  void close() {
    rig.close();
  }

  private FakeTransport open() {
    FakeTransport client = new FakeTransport();
    rig.open(client);
    return client;
  }

  private void receiving(ConnectionState state) {
    Direction now = new Direction(state, Instant.EPOCH.plusSeconds(changes++), "by the test");
    rig.delivery.onReceiving(now);
    rig.delivery.onReceiving(now); // as when publishing changes
  }

  private List<String> texts(FakeTransport client) {
    rig.awaitLanes();
    return client.texts();
  }

  @Test
  void everySessionGetsOneNoticeWhenAnOutageBeginsAndTheGapsWhenItEnds() {
    receiving(ConnectionState.UP);
    List<FakeTransport> clients = List.of(open(), open(), open(), open(), open());
    rig.deliver(List.of("alice"), "1");

    receiving(ConnectionState.DOWN);
    receiving(ConnectionState.CONNECTING);
    receiving(ConnectionState.DOWN);
    rig.delivery.onGap(Set.of());
    receiving(ConnectionState.UP);
    rig.deliver(List.of("alice"), "2");

    assertThat(clients)
        .allSatisfy(client -> assertThat(texts(client)).containsExactly("1", OUTAGE, GAP, "2"));
  }

  @Test
  void sessionThatIsOpenedDuringTheOutageGetsTheNotice() {
    FakeTransport early = open();
    receiving(ConnectionState.CONNECTING);
    receiving(ConnectionState.UP);
    receiving(ConnectionState.DOWN);
    FakeTransport during = open();
    rig.awaitLanes(); // or the gap would make the notice of the outage needless
    rig.delivery.onGap(Set.of());
    rig.awaitLanes(); // or it would reach the next one, too
    FakeTransport recovering = open();
    receiving(ConnectionState.UP);
    FakeTransport after = open();

    assertThat(texts(early)).containsExactly(OUTAGE, GAP);
    assertThat(texts(during)).containsExactly(OUTAGE, GAP);
    assertThat(texts(recovering)).isEmpty();
    assertThat(texts(after)).isEmpty();
  }

  @Test
  void connectionThatIsLostAgainBeforeItWasUpIsAnotherOutage() {
    receiving(ConnectionState.UP);
    FakeTransport client = open();

    receiving(ConnectionState.DOWN);
    rig.delivery.onGap(Set.of());
    receiving(ConnectionState.DOWN);
    rig.delivery.onGap(Set.of());
    receiving(ConnectionState.UP);

    assertThat(texts(client)).containsExactly(OUTAGE, GAP, OUTAGE, GAP);
  }

  @Test
  void nodeThatHasNotReceivedYetOrIsClosedHasNoOutage() {
    FakeTransport client = open();
    receiving(ConnectionState.CONNECTING);
    receiving(ConnectionState.DOWN);
    receiving(ConnectionState.UP);
    receiving(ConnectionState.CLOSED);

    assertThat(texts(client)).isEmpty();
  }

  @Test
  void noticeIsOneJsonValue() {
    FanoutConfig config = FanoutConfig.builder("chat").outageNotice("{").build();

    assertThatThrownBy(() -> new SessionRig(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("outageNotice: ");
  }

  @Test
  void allSessionsAreThoseOfEveryUser() {
    FanoutSession alice = rig.open("alice", new FakeTransport());
    FanoutSession bob = rig.open("bob", new FakeTransport());
    rig.open("carol", new FakeTransport()).clientLeft();

    assertThat(rig.delivery.sessions()).containsExactlyInAnyOrder(alice, bob);
  }
}
