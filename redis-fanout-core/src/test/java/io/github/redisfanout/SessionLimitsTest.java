package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How many sessions a node takes, in all and of one user. */
class SessionLimitsTest {
  private SessionRig rig = new SessionRig();

  @AfterEach
  void close() {
    rig.close();
  }

  private void configure(FanoutConfig.Builder config) {
    rig.close();
    rig = new SessionRig(config.build());
  }

  private FanoutSession open(String user, FakeTransport transport) {
    return rig.open(user, transport);
  }

  private static void awaitClose(FakeTransport transport, Disconnect why) {
    await()
        .pollInterval(Duration.ofMillis(1))
        .untilAsserted(() -> assertThat(transport.closes).containsExactly(why));
  }

  @Test
  void sessionThatAFullNodeRefusesGetsACloseCodeAndNoMessage() {
    configure(SessionRig.config().maxSessions(2));
    FakeTransport alice = new FakeTransport();
    open("alice", alice);
    FanoutSession bob = open("bob", new FakeTransport());
    FakeTransport refused = new FakeTransport();

    FanoutSession session = open("alice", refused);

    assertThat(session.isOpen()).isFalse();
    awaitClose(refused, Disconnect.NODE_FULL);
    assertThat(refused.forced).as("an answer is awaited").isFalse();
    await().until(() -> rig.disconnects.equals(List.of(Disconnect.NODE_FULL)));
    assertThat(rig.counts().sessions()).isEqualTo(2);
    assertThat(rig.counts().disconnects()).isEqualTo(Map.of(1013, 1L));
    assertThat(rig.registry.sessionCount()).isEqualTo(2);
    rig.deliver(List.of("alice"), "1");
    rig.awaitLanes();
    assertThat(alice.texts()).containsExactly("1");
    assertThat(refused.texts()).isEmpty();

    bob.clientLeft();
    assertThat(open("carol", new FakeTransport()).isOpen()).as("there is room again").isTrue();
  }

  @Test
  void userWithTooManySessionsGetsNoMore() {
    configure(SessionRig.config().maxSessionsPerUser(2, SessionLimitPolicy.REFUSE_NEW));
    FanoutSession first = open("alice", new FakeTransport());
    FanoutSession second = open("alice", new FakeTransport());
    FakeTransport refused = new FakeTransport();

    assertThat(open("alice", refused).isOpen()).isFalse();

    awaitClose(refused, Disconnect.TOO_MANY_SESSIONS);
    await().until(() -> rig.disconnects.equals(List.of(Disconnect.TOO_MANY_SESSIONS)));
    assertThat(open("bob", new FakeTransport()).isOpen()).as("others have their own").isTrue();
    assertThat(first.isOpen() && second.isOpen()).isTrue();
    assertThat(rig.counts().sessions()).isEqualTo(3);
    assertThat(rig.registry.sessions(Address.user("alice"))).containsOnly(first, second);

    first.clientLeft();
    assertThat(open("alice", new FakeTransport()).isOpen()).as("there is room again").isTrue();
    assertThat(open("alice", new FakeTransport()).isOpen()).isFalse();
  }

  @Test
  void oldestSessionOfAUserMakesRoomForTheNewest() {
    configure(SessionRig.config().maxSessionsPerUser(2, SessionLimitPolicy.CLOSE_OLDEST));
    FakeTransport oldest = new FakeTransport();
    open("alice", oldest);
    FakeTransport second = new FakeTransport();
    FanoutSession kept = open("alice", second);

    FanoutSession third = open("alice", new FakeTransport());

    awaitClose(oldest, Disconnect.REPLACED);
    assertThat(rig.registry.sessions(Address.user("alice"))).containsOnly(kept, third);
    assertThat(rig.counts().sessions()).isEqualTo(2);
    FanoutSession fourth = open("alice", new FakeTransport());
    awaitClose(second, Disconnect.REPLACED);
    assertThat(rig.registry.sessions(Address.user("alice"))).containsOnly(third, fourth);
    await().until(() -> rig.disconnects.equals(List.of(Disconnect.REPLACED, Disconnect.REPLACED)));
  }

  @Test
  void userWhoseSessionIsReplacedHasOneAtEveryMoment() {
    List<Integer> left = new CopyOnWriteArrayList<>();
    SessionRegistry all = new InMemorySessionRegistry();
    SessionRegistry watched = mock(SessionRegistry.class, delegatesTo(all));
    doAnswer(
            removal -> {
              Address address = removal.getArgument(0);
              boolean last = all.remove(address, removal.getArgument(1));
              left.add(all.sessions(address).size());
              return last;
            })
        .when(watched)
        .remove(any(), any());
    replaceOldest(watched);

    for (int i = 0; i < 3; i++) {
      open("alice", new FakeTransport());
    }

    assertThat(left).containsExactly(1, 1);
  }

  @Test
  void oldestSessionStaysWhenTheNewestCannotBeRegistered() {
    SessionRegistry all = new InMemorySessionRegistry();
    SessionRegistry failing = mock(SessionRegistry.class, delegatesTo(all));
    replaceOldest(failing);
    FanoutSession oldest = open("alice", new FakeTransport());
    doThrow(new IllegalStateException("by the test"))
        .doAnswer(add -> all.add(add.getArgument(0), add.getArgument(1)))
        .when(failing)
        .add(any(), any());

    assertThatThrownBy(() -> open("alice", new FakeTransport())).hasMessage("by the test");

    assertThat(oldest.isOpen()).isTrue();
    assertThat(open("alice", new FakeTransport()).isOpen()).isTrue();
    assertThat(oldest.isOpen()).as("it still counts").isFalse();
    assertThat(rig.registry.sessionCount()).isEqualTo(1);
  }

  @Test
  void limitHoldsWhenAnotherSessionTookThePlaceOfTheOneThatCannotBeRegistered() {
    SessionRegistry all = new InMemorySessionRegistry();
    SessionRegistry failing = mock(SessionRegistry.class, delegatesTo(all));
    replaceOldest(failing);
    FakeTransport first = new FakeTransport();
    open("alice", first);
    doAnswer(
            add -> {
              open("alice", new FakeTransport());
              throw new IllegalStateException("by the test");
            })
        .doAnswer(add -> all.add(add.getArgument(0), add.getArgument(1)))
        .when(failing)
        .add(any(), any());

    assertThatThrownBy(() -> open("alice", new FakeTransport())).hasMessage("by the test");

    awaitClose(first, Disconnect.REPLACED);
    assertThat(all.sessions(Address.user("alice"))).hasSize(1);
    assertThat(rig.counts().sessions()).isEqualTo(1);
  }

  /** One session for a user, the newest. */
  private void replaceOldest(SessionRegistry registry) {
    rig.close();
    FanoutConfig config =
        SessionRig.config().maxSessionsPerUser(1, SessionLimitPolicy.CLOSE_OLDEST).build();
    rig = new SessionRig(config, registry);
  }

  @Test
  void withoutLimitsNobodyIsRefused() {
    for (int i = 0; i < 1_000; i++) {
      assertThat(open("alice", new FakeTransport()).isOpen()).isTrue();
    }
    assertThat(rig.counts().sessions()).isEqualTo(1_000);
  }

  @Test
  void limitsHoldExactlyInARace() throws Exception {
    for (SessionLimitPolicy policy : SessionLimitPolicy.values()) {
      configure(SessionRig.config().maxSessions(9).maxSessionsPerUser(3, policy));
      List<FanoutSession> opened = new CopyOnWriteArrayList<>();
      Race.RoundContender user = round -> opened.add(open("user" + round % 4, new FakeTransport()));
      Race.RoundContender leaver =
          round -> {
            FanoutSession leaving = opened.isEmpty() ? null : opened.get(round % opened.size());
            if (leaving != null) {
              leaving.clientLeft();
            }
            assertThat(rig.counts().sessions()).isLessThanOrEqualTo(9);
          };
      try (Race race = new Race()) {
        race.rounds(500, user, user, leaver);
      }

      List<FanoutSession> open = opened.stream().filter(FanoutSession::isOpen).toList();
      assertThat(rig.counts().sessions()).isEqualTo(open.size()).isLessThanOrEqualTo(9);
      assertThat(rig.registry.sessionCount()).isEqualTo(open.size());
      open.forEach(session -> session.clientLeft());
      assertThat(rig.counts().sessions()).isZero();
      for (int i = 0; i < 9; i++) {
        assertThat(open("user" + i % 3, new FakeTransport()).isOpen()).as("all is free").isTrue();
      }
      assertThat(open("user4", new FakeTransport()).isOpen()).isFalse();
    }
  }
}
