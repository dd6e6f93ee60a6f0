package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A transport that waits for its client, on the one lane of all sessions. */
class LaneWatchTest {
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final FakeTransport stuck = FakeTransport.blocking(entered, release);
  private final FakeTransport other = new FakeTransport();
  private SessionRig rig;

  @AfterEach
  void close() {
    release.countDown();
    rig.close();
  }

  /** Longer than the limit of mutation testing, as all of this takes time. */
  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(10));
  }

  /** Alice blocks in the first of these messages, which is for Bob, too. */
  private void block(Duration writeTimeout) throws InterruptedException {
    rig = new SessionRig(SessionRig.config().writeTimeout(writeTimeout).build());
    rig.open("alice", stuck);
    rig.open("bob", other);
    rig.deliver(List.of("alice", "bob", "bob"), "0");
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
    for (int i = 1; i < 100; i++) {
      rig.deliver(List.of("alice", "bob"), String.valueOf(i));
    }
  }

  private static List<String> numbersTo(int end) {
    return IntStream.range(0, end).mapToObj(String::valueOf).toList();
  }

  @Test
  void othersOfTheLaneAreServedAfterTheWriteTimeoutInOrderAndOnce() throws Exception {
    block(Duration.ofMillis(200));

    soon().until(() -> other.written.size() >= 100);

    assertThat(other.texts()).isEqualTo(numbersTo(100));
    soon().until(() -> stuck.closes.equals(List.of(Disconnect.WRITE_TIMEOUT)));
    assertThat(stuck.forced).isTrue();
    assertThat(rig.counts().blockedWrites()).isEqualTo(1);
    assertThat(rig.delivery.lanes.trouble())
        .isEqualTo("threads of lane 0 that are stuck in transports: 1");
  }

  @Test
  void threadThatComesBackLateDeliversNothing() throws Exception {
    block(Duration.ofMillis(200));
    soon().until(() -> other.written.size() >= 100);

    release.countDown();
    soon().until(() -> rig.delivery.lanes.trouble() == null);
    rig.deliver(List.of("alice", "bob"), "100");
    rig.awaitLanes();

    assertThat(other.texts()).isEqualTo(numbersTo(101));
    assertThat(stuck.texts()).containsExactly("0");
    assertThat(rig.counts().queued()).isEqualTo(201);
    assertThat(rig.counts().pending()).isZero();
    assertThat(rig.counts().delivered()).isEqualTo(101);
  }

  @Test
  @Tag("full") // after a second
  void callThatReturnsInTimeIsReportedOnlyAndGoesOn() throws Exception {
    block(Duration.ofMinutes(1));
    soon().until(() -> rig.counts().blockedWrites() == 1);
    assertThat(rig.delivery.lanes.trouble())
        .startsWith("lane 0 is blocked in " + stuck.getClass().getName() + ".write");
    assertThat(rig.counts().pending()).isEqualTo(201); // Bob is named twice once

    release.countDown();
    soon().until(() -> other.written.size() >= 100);
    rig.awaitLanes();

    assertThat(stuck.texts()).isEqualTo(numbersTo(100));
    assertThat(other.texts()).isEqualTo(numbersTo(100));
    assertThat(rig.delivery.lanes.trouble()).isNull();
    assertThat(rig.counts().pending()).isZero();
    assertThat(rig.counts().blockedWrites()).isEqualTo(1);
  }

  @Test
  void noticeThatALaneIsStuckInReachesTheOthersOnce() throws Exception {
    rig =
        new SessionRig(
            SessionRig.config().writeTimeout(Duration.ofMillis(200)).gapNotice("\"gap\"").build());
    List<FakeTransport> others = IntStream.range(0, 20).mapToObj(i -> new FakeTransport()).toList();
    others.subList(0, 10).forEach(rig::open);
    rig.open(stuck); // somewhere among them
    others.subList(10, 20).forEach(rig::open);

    rig.delivery.onGap(Set.of());

    soon().until(() -> others.stream().allMatch(client -> client.written.size() == 1));
    release.countDown();
    soon().until(() -> rig.delivery.lanes.trouble() == null);
    rig.awaitLanes();
    assertThat(others).allMatch(client -> client.written.size() == 1);
    soon().until(() -> rig.counts().pending() == 0);
  }

  @Test
  void laneWhoseClientsAllBlockGoesOnWithEachOfThem() throws Exception {
    rig = new SessionRig(SessionRig.config().writeTimeout(Duration.ofMillis(50)).build());
    for (int i = 0; i < 5; i++) {
      rig.open("alice", FakeTransport.blocking(entered, release));
    }
    rig.open("bob", other);

    rig.deliver(List.of("alice", "bob"), "0");

    soon().until(() -> other.written.size() == 1);
    assertThat(rig.delivery.lanes.trouble())
        .isEqualTo("threads of lane 0 that are stuck in transports: 5");
    release.countDown();
    soon().until(() -> rig.delivery.lanes.trouble() == null);
  }
}
