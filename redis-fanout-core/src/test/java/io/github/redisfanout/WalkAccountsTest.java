package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.internal.wire.Control;
import io.github.redisfanout.internal.wire.Envelope;
import io.github.redisfanout.internal.wire.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is counted of messages for many, when not all of them get it. */
class WalkAccountsTest {
  private static final Target ROOM =
      new Target(List.of(), List.of("room"), false, Set.of(), Set.of());
  private static final int SESSIONS = 3 * LaneDelivery.SLICE;

  private final CountDownLatch writing = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final List<SequenceTransport> transports = new ArrayList<>();
  private final List<FanoutSession> sessions = new ArrayList<>();
  private SessionRig rig = new SessionRig();

  @AfterEach
  void close() {
    release.countDown();
    rig.close();
  }

  private void configure(FanoutConfig.Builder config) {
    rig.close();
    rig = new SessionRig(config.build());
  }

  private void openMany() {
    for (int i = 0; i < SESSIONS; i++) {
      transports.add(new SequenceTransport());
      sessions.add(rig.open("user" + i, transports.get(i)));
      sessions.get(i).join("room");
    }
  }

  /** The lane is inside of a write. */
  private void occupy() throws InterruptedException {
    rig.open("stuck", FakeTransport.blocking(writing, release));
    rig.deliver(List.of("stuck"), "0");
    assertThat(writing.await(10, TimeUnit.SECONDS)).isTrue();
  }

  private void publish(Target target, String json) {
    rig.deliver(List.of(AudienceModel.envelope(target, null, json)));
  }

  private void control(Target target, Control control) {
    rig.deliver(List.of(AudienceModel.envelope(target, control, "{}")));
  }

  private void assertThatAllIsAccountedFor() {
    FanoutCounters counts = rig.counts();
    assertThat(counts.pending()).isZero();
    assertThat(counts.queued())
        .isEqualTo(
            counts.delivered()
                + rig.dropped(DropReason.SESSION_CLOSED)
                + rig.dropped(DropReason.WRITE_FAILED)
                + rig.dropped(DropReason.QUEUE_FULL));
    assertThat(rig.counters.inLanes.sum()).isZero();
  }

  @Test
  void messageForEveryoneIsPendingUntilItsWalkIsDone() throws Exception {
    openMany();
    occupy();

    publish(Target.EVERYONE, "1");

    assertThat(rig.counts().pending()).isEqualTo(SESSIONS + 1 + 1); // with the one that is stuck
    release.countDown();
    rig.awaitLanes();
    assertThatAllIsAccountedFor();
    assertThat(rig.counts().delivered()).isEqualTo(SESSIONS + 2);
  }

  @Test
  void sessionsThatCloseBeforeTheWalkReachesThemAreCounted() throws Exception {
    openMany();
    occupy();
    publish(Target.EVERYONE, "1");
    publish(ROOM, "2");

    sessions.subList(0, 10).forEach(session -> session.disconnect(Disconnect.FAILED));
    sessions.subList(10, 20).forEach(FanoutSession::clientLeft);
    release.countDown();
    rig.awaitLanes();

    assertThat(rig.dropped(DropReason.SESSION_CLOSED)).isEqualTo(2 * 20);
    assertThat(transports.subList(0, 20)).allMatch(transport -> transport.texts().isEmpty());
    assertThat(transports.subList(20, SESSIONS))
        .allMatch(transport -> transport.texts().equals(List.of("1", "2")));
    assertThatAllIsAccountedFor();
  }

  @Test
  void whatAFullLaneRefusesIsCountedForEachMember() throws Exception {
    configure(SessionRig.config().deliveryBufferBytes(Dispatcher.MESSAGE_BYTES + 20));
    openMany();
    occupy();

    publish(Target.EVERYONE, "1");
    assertThat(rig.dropped(DropReason.LANE_FULL)).isEqualTo(SESSIONS + 1);
    publish(ROOM, "2");
    assertThat(rig.dropped(DropReason.LANE_FULL)).isEqualTo(2 * SESSIONS + 1);

    release.countDown();
    rig.awaitLanes();
    assertThatAllIsAccountedFor();
    await().atMost(Duration.ofSeconds(10)).until(() -> !rig.gaps.isEmpty());
  }

  @Test
  void laneThatIsFullOfMessagesStillTakesControl() throws Exception {
    configure(SessionRig.config().deliveryBufferBytes(Dispatcher.MESSAGE_BYTES + 100));
    openMany();
    occupy();
    publish(ROOM, "1");
    assertThat(rig.dropped(DropReason.LANE_FULL)).isPositive();

    control(ROOM, new Control.Disconnect(4403, "banned"));
    release.countDown();

    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                transports.stream().allMatch(t -> new Disconnect(4403, "banned").equals(t.why())));
  }

  @Test
  void anotherThreadGoesOnWithAWalkThatIsStuckInATransport() throws Exception {
    configure(SessionRig.config().writeTimeout(Duration.ofMillis(200)));
    openMany();
    FanoutSession stuck = rig.open("stuck", FakeTransport.blocking(writing, release));
    stuck.join("room");

    publish(Target.EVERYONE, "1");
    publish(ROOM, "2");
    rig.deliver(List.of("user0", "user1"), "3");

    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              assertThat(transports.subList(0, 2))
                  .allMatch(transport -> transport.texts().equals(List.of("1", "2", "3")));
              assertThat(transports.subList(2, SESSIONS))
                  .allMatch(transport -> transport.texts().equals(List.of("1", "2")));
            });
    rig.awaitLanes();
    assertThat(stuck.isOpen()).isFalse();
    assertThatAllIsAccountedFor();
  }

  @Test
  void joinThatWaitsOnTheLaneCountsForWhatIsPublishedAfterIt() throws Exception {
    SequenceTransport client = new SequenceTransport();
    rig.open("alice", client);
    occupy();

    control(Target.users(List.of("alice")), new Control.Join("room"));
    publish(ROOM, "1");
    control(Target.users(List.of("alice")), new Control.Leave("room"));
    publish(ROOM, "2");
    release.countDown();
    rig.awaitLanes();

    assertThat(client.texts()).containsExactly("1");
    assertThatAllIsAccountedFor();
  }

  @Test
  void messagesThatSessionsHaveDoNotCountForTheLaneThoughTheWalkIsNotDone() throws Exception {
    for (int i = 0; i < SESSIONS; i++) {
      rig.open("user" + i, FakeTransport.holding()).join("room");
    }
    rig.open("stuck", FakeTransport.blocking(writing, release));

    rig.deliver(
        List.of(
            AudienceModel.envelope(ROOM, null, "1"),
            AudienceModel.envelope(Target.users(List.of("stuck")), null, "2")));
    assertThat(writing.await(10, TimeUnit.SECONDS)).isTrue(); // after a slice or two

    assertThat(rig.counters.pendingInSessions())
        .isBetween((long) LaneDelivery.SLICE, 2L * LaneDelivery.SLICE);
    release.countDown();
    rig.awaitLanes();
    assertThat(rig.counters.pendingInSessions()).isEqualTo(SESSIONS);
    assertThat(rig.counters.inLanes.sum()).isZero();
  }

  @Test
  void groupThatIsNamedVeryOftenGetsTheMessageOnce() {
    openMany();

    // As a product of numbers the walk would be too long for an int.
    publish(
        new Target(List.of(), Collections.nCopies(6_000_000, "room"), false, Set.of(), Set.of()),
        "1");
    rig.awaitLanes();

    assertThat(transports.stream().map(SequenceTransport::texts).distinct())
        .containsExactly(List.of("1"));
    assertThatAllIsAccountedFor();
  }

  @Test
  void controlsThatWaitAreLimitedToo() throws Exception {
    configure(SessionRig.config().deliveryBufferBytes(100_000));
    openMany();
    occupy();

    for (int i = 0; i < 1_000; i++) {
      control(Target.EVERYONE, new Control.Join(i + "x".repeat(1_000)));
    }

    // Twice the limit of messages.
    assertThat(rig.dropped(DropReason.LANE_FULL)).isGreaterThan(800L * (SESSIONS + 1));
    release.countDown();
    rig.awaitLanes();
    assertThat(sessions.get(0).groups()).hasSizeBetween(2, 200);
    assertThatAllIsAccountedFor();
  }

  @Test
  void whatAMessageExceptsTakesItsShareOfTheLane() throws Exception {
    configure(SessionRig.config().deliveryBufferBytes(1_000_000));
    openMany();
    occupy();
    Set<String> excepted = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      excepted.add("session" + i);
    }

    for (int i = 0; i < 100; i++) {
      publish(new Target(List.of(), List.of("room"), false, Set.of(), excepted), "1");
    }

    assertThat(rig.dropped(DropReason.LANE_FULL)).isGreaterThan(80L * SESSIONS);
    release.countDown();
    rig.awaitLanes();
    assertThatAllIsAccountedFor();
  }

  @Test
  void failureThatCannotBeLoggedDoesNotEndAWalk() {
    openMany();

    AtomicInteger noticed = new AtomicInteger();
    rig.delivery
        .lanes
        .get(0)
        .sendToAll(
            session -> {
              noticed.incrementAndGet();
              throw new Unspeakable();
            });
    rig.awaitLanes();

    assertThat(noticed).hasValue(SESSIONS);
  }

  @Test
  void sessionsWithoutGroupsThatCloseBeforeTheWalkReachesThemAreCountedToo() throws Exception {
    for (int i = 0; i < SESSIONS; i++) {
      sessions.add(rig.open("user" + i, new SequenceTransport()));
    }
    occupy();
    publish(Target.EVERYONE, "1");

    sessions.subList(0, 10).forEach(FanoutSession::clientLeft);
    release.countDown();
    rig.awaitLanes();

    assertThat(rig.dropped(DropReason.SESSION_CLOSED)).isEqualTo(10);
    assertThatAllIsAccountedFor();
    LaneThread lane = rig.delivery.lanes.get(0).thread();
    long number = lane.lastNumber();
    sessions.get(10).clientLeft(); // the lane need not be told when no walk is under way
    assertThat(lane.lastNumber()).isEqualTo(number);
  }

  @Test
  void whatWaitsIsMeasuredWithItsHeadersAndTexts() throws Exception {
    openMany();
    occupy();
    LaneThread lane = rig.delivery.lanes.get(0).thread();
    long before = lane.waitingBytes();
    byte[] payload = {'1'};
    Map<String, String> headers = Map.of("name", "value");

    rig.deliver(List.of(new Envelope(ROOM, 1, 0, null, headers, payload, 0, 1)));

    long room = 90 + "room".length();
    long message = Dispatcher.MESSAGE_BYTES + 1 + room + 150 + "name".length() + "value".length();
    assertThat(lane.waitingBytes()).isEqualTo(before + message);
    for (Control control :
        List.of(
            new Control.Disconnect(4403, "reason"),
            new Control.Join("others"),
            new Control.Leave("others"))) {
      before = lane.waitingBytes();
      control(ROOM, control);
      assertThat(lane.waitingBytes()).isEqualTo(before + Dispatcher.MESSAGE_BYTES + room + 6);
    }
  }

  @Test
  void onlyJoinAndLeaveChangeGroups() {
    Groups groups = rig.delivery.groups;
    assertThat(new ControlEffect(new Control.Disconnect(4403, ""), 0, groups).changesGroups())
        .isFalse();
    assertThat(new ControlEffect(new Control.Join("room"), 0, groups).changesGroups()).isTrue();
    assertThat(new ControlEffect(new Control.Leave("room"), 0, groups).changesGroups()).isTrue();
  }
}
