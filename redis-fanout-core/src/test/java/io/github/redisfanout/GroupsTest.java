package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.NameFilter;
import io.github.redisfanout.internal.wire.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Groups of sessions, and that nothing of them stays behind. */
class GroupsTest {
  private static final EnvelopeCodec CODEC = new EnvelopeCodec(Integer.MAX_VALUE, false);

  private final SessionRig rig = new SessionRig(config().maxGroupsPerSession(3).build());
  private final SequenceTransport alice = new SequenceTransport();

  private static FanoutConfig.Builder config() {
    return FanoutConfig.builder("chat").lanes(2);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private static Target group(String... names) {
    return new Target(List.of(), List.of(names), false, Set.of(), Set.of());
  }

  private static void publish(SessionRig rig, String group, String json) {
    rig.deliver(List.of(AudienceModel.envelope(group(group), null, json)));
  }

  private static void control(SessionRig rig, Target target, Control control) {
    rig.deliver(List.of(AudienceModel.envelope(target, control, "{}")));
  }

  private void publish(String group, String json) {
    publish(rig, group, json);
  }

  /** Whether a message for the group is more than skipped. */
  private static boolean reads(SessionRig rig, String group) throws Exception {
    byte[] message = CODEC.encode(group(group), Map.of(), "1".getBytes(UTF_8), null);
    return !CODEC
        .decode(message, NameFilter.ALL, rig.delivery.groupNames())
        .target()
        .groups()
        .isEmpty();
  }

  static void checkNothingIsLeft(SessionRig rig) {
    rig.awaitLanes();
    assertThat(rig.delivery.groups.all()).isEmpty();
    for (Lane lane : rig.delivery.lanes.all()) {
      assertThat(lane.groups()).isEmpty();
      assertThat(lane.sessions()).isEmpty();
    }
  }

  @Test
  void sessionThatJoinsTwiceIsAMemberOnce() {
    FanoutSession session = rig.open(alice);

    assertThat(session.join("room")).isCompleted();
    assertThat(session.join("room")).isCompleted();
    publish("room", "1");
    rig.awaitLanes();
    assertThat(session.groups()).containsExactly("room");
    assertThat(rig.counts().joins()).isEqualTo(1);

    assertThat(session.leave("room")).isTrue();
    publish("room", "2");
    rig.awaitLanes();
    assertThat(alice.texts()).containsExactly("1");
    assertThat(session.groups()).isEmpty();
    assertThat(rig.delivery.groups.all()).isEmpty();
  }

  @Test
  void sessionThatLeftMayJoinAgain() {
    FanoutSession session = rig.open(alice);
    for (int i = 0; i < 3; i++) {
      session.join("room");
      publish("room", String.valueOf(i));
      rig.awaitLanes(); // or it might leave before that message
      session.leave("room");
      publish("room", "-1");
      rig.awaitLanes(); // or it might join before that one
    }

    assertThat(alice.texts()).containsExactly("0", "1", "2");
    assertThat(rig.counts().joins()).isEqualTo(3);
  }

  @Test
  void sessionThatLeftGetsNothingWhileOthersOfItsLaneStay() {
    try (SessionRig one = new SessionRig()) {
      FanoutSession session = one.open(alice);
      session.join("room");
      SequenceTransport bob = new SequenceTransport();
      one.open("bob", bob).join("room");

      session.leave("room");
      publish(one, "room", "1");
      one.awaitLanes();

      assertThat(alice.texts()).isEmpty();
      assertThat(bob.texts()).containsExactly("1");
    }
  }

  @Test
  void leavingAGroupOfOthersChangesNothing() {
    FanoutSession session = rig.open(alice);
    SequenceTransport bob = new SequenceTransport();
    rig.open("bob", bob).join("room");

    assertThat(session.leave("room")).isFalse();
    assertThat(session.leave("nobody's")).isFalse();
    control(rig, Target.users(List.of("alice")), new Control.Leave("room"));
    publish("room", "1");
    rig.awaitLanes();

    assertThat(alice.texts()).isEmpty();
    assertThat(bob.texts()).containsExactly("1");
    assertThat(rig.delivery.groups.all()).containsExactly("room");
  }

  @Test
  void closedSessionJoinsAndLeavesNothing() {
    FanoutSession session = rig.open(alice);
    session.join("room");
    session.disconnect(Disconnect.NOT_ALLOWED);

    assertThat(session.groups()).isEmpty();
    assertThat(session.leave("room")).isFalse();
    assertThatThrownBy(() -> session.join("hall").join())
        .hasRootCauseInstanceOf(IllegalStateException.class)
        .hasRootCauseMessage("join: session is closed");
    assertThat(session.groups()).isEmpty();
    assertThat(rig.counts().joins()).isEqualTo(1);
    checkNothingIsLeft(rig);
  }

  @Test
  void oneGroupTooManyChangesNothing() {
    FanoutSession session = rig.open(alice);
    List.of("one", "two", "three").forEach(session::join);

    assertThatThrownBy(() -> session.join("four"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a session may be in at most maxGroupsPerSession 3 groups");
    control(rig, Target.users(List.of("alice")), new Control.Join("five"));
    assertThat(session.join("two")).as("is a member").isCompleted();
    for (String name : List.of("one", "two", "three", "four", "five")) {
      publish(name, "\"" + name + "\"");
    }
    rig.awaitLanes();

    assertThat(session.groups()).containsExactlyInAnyOrder("one", "two", "three");
    assertThat(alice.texts()).containsExactly("\"one\"", "\"two\"", "\"three\"");
    assertThat(rig.counts().joins()).isEqualTo(3);
    assertThat(rig.delivery.groups.all()).containsExactlyInAnyOrder("one", "two", "three");

    session.leave("one");
    session.join("four");
    assertThat(session.groups()).containsExactlyInAnyOrder("two", "three", "four");
  }

  @Test
  void groupsHaveTheRulesOfUserIds() {
    FanoutSession session = rig.open(alice);

    for (String name : List.of("", "\uD83D", "room \uDE00")) {
      assertThatThrownBy(() -> session.join(name)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> session.leave(name)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> session.join("")).hasMessage("group must not be empty");
    assertThat(session.groups()).isEmpty();
    assertThat(rig.delivery.groups.all()).isEmpty();
    for (String name : List.of("*", "x".repeat(10_000), "\uD83D\uDE00 \u0000")) {
      session.join(name);
      publish(name, "1");
    }
    rig.awaitLanes();
    assertThat(alice.texts()).hasSize(3);
  }

  @Test
  void namesOfGroupsAreReadWhileTheyHaveMembers() throws Exception {
    List<String> names = IntStream.range(0, 3_000).mapToObj(i -> "group " + i).toList();
    List<FanoutSession> sessions = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (i % 3 == 0) {
        sessions.add(rig.open("user " + i, new SequenceTransport()));
      }
      sessions.get(i / 3).join(names.get(i));
    }
    for (String name : names) {
      assertThat(reads(rig, name)).isTrue();
    }

    int others = 0;
    for (int i = 0; i < 1_000; i++) {
      others += reads(rig, "nobody " + i) ? 1 : 0;
    }
    assertThat(others).as("names of nobody that are read").isLessThan(500);

    sessions.forEach(FanoutSession::clientLeft);

    for (String name : names) {
      assertThat(reads(rig, name)).isFalse();
    }
    checkNothingIsLeft(rig);
  }

  @Test
  void nameOfAGroupIsReadUntilItsLastMemberOfAllLanesLeaves() throws Exception {
    List<FanoutSession> members = new ArrayList<>();
    for (int i = 0; i < 20; i++) { // on both lanes, but for one chance in a million
      members.add(rig.open("user " + i, new SequenceTransport()));
      members.get(i).join("room");
    }

    for (FanoutSession member : members) {
      assertThat(reads(rig, "room")).isTrue();
      member.leave("room");
    }

    assertThat(reads(rig, "room")).isFalse();
  }

  @Test
  void remoteJoinIsExpectedFromTheMomentItIsHandedToTheLane() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (SessionRig one = new SessionRig()) {
      FanoutSession session = one.open(alice);
      one.open("stuck", FakeTransport.blocking(writing, release));
      one.deliver(List.of("stuck"), "0");
      assertThat(writing.await(30, TimeUnit.SECONDS)).isTrue();

      control(one, Target.users(List.of("alice")), new Control.Join("room"));
      assertThat(reads(one, "room")).isTrue();
      publish(one, "room", "1");
      control(one, group("room"), new Control.Leave("room"));
      publish(one, "room", "2");
      release.countDown();
      one.awaitLanes();

      assertThat(alice.texts()).containsExactly("1");
      assertThat(session.groups()).isEmpty();
      assertThat(one.counts().joins()).isEqualTo(1);
      assertThat(reads(one, "room")).isFalse();
    } finally {
      release.countDown();
    }
  }

  @Test
  void closedSessionsLeaveNothingBehind() {
    List<FanoutSession> sessions = new ArrayList<>();
    for (int i = 0; i < 5 * LaneDelivery.SLICE; i++) {
      sessions.add(rig.open("user " + i, new SequenceTransport()));
      sessions.get(i).join("all");
      sessions.get(i).join("group " + i % 7);
    }
    rig.awaitLanes();
    assertThat(rig.delivery.lanes.get(0).groups()).contains("all", "group 0", "group 6");
    control(rig, group("all"), new Control.Join("remote"));
    publish("all", "1");
    control(rig, group("group 3"), new Control.Leave("all"));

    for (int i = 0; i < sessions.size(); i++) {
      if (i % 2 == 0) {
        sessions.get(i).clientLeft();
      } else {
        sessions.get(i).disconnect(Disconnect.GOING_AWAY);
      }
    }

    checkNothingIsLeft(rig);
    assertThat(rig.counts().pending()).isZero();
  }

  @Test
  void groupsOfAreJoinedBeforeTheSessionCanBeFoundAndAllOrNone() {
    FanoutConfig config =
        config()
            .maxGroupsPerSession(2)
            .groupsOf(user -> user.equals("alice") ? Set.of("a", "b") : List.of("a", "b", "c"))
            .build();
    List<Set<String>> groups = new ArrayList<>();
    ForwardingRegistry registry =
        new ForwardingRegistry() {
          @Override
          public boolean add(Address address, FanoutSession session) {
            groups.add(session.groups());
            return super.add(address, session);
          }
        };
    try (SessionRig asking = new SessionRig(config, registry)) {
      FanoutSession member = asking.open(alice);
      SequenceTransport bob = new SequenceTransport();
      FanoutSession refused = asking.open("bob", bob);
      publish(asking, "b", "1");
      asking.awaitLanes();

      assertThat(groups).containsExactly(Set.of("a", "b"));
      assertThat(alice.texts()).containsExactly("1");
      assertThat(refused.isOpen()).isFalse();
      assertThat(bob.texts()).isEmpty();
      assertThat(asking.disconnects).hasSizeLessThanOrEqualTo(1);
      assertThat(asking.counts().disconnects()).isEqualTo(Map.of(1011, 1L));
      assertThat(asking.counts().userCodeFailures()).isEqualTo(1);
      member.clientLeft();
      checkNothingIsLeft(asking);
    }
  }
}
