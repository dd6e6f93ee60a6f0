package io.github.redisfanout;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.Gap;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Clients are sent the notice of a gap before the first message after it. */
class GapNoticeTest {
  private static final String NOTICE = "{\"type\":\"resync\"}";

  @Test
  void everySessionOfEveryLaneGetsTheNoticeBeforeTheNextMessage() {
    try (SessionRig rig =
        new SessionRig(FanoutConfig.builder("chat").lanes(3).gapNotice(NOTICE).build())) {
      List<FakeTransport> clients = new CopyOnWriteArrayList<>();
      for (int i = 0; i < 20; i++) {
        FakeTransport client = new FakeTransport();
        clients.add(client);
        rig.open(client);
      }
      rig.deliver(List.of("alice"), "\"before\"");

      rig.delivery.onGap(Set.of());
      rig.deliver(List.of("alice"), "\"after\"");
      rig.delivery.onGap(Set.of());

      rig.awaitLanes();
      assertThat(clients)
          .allSatisfy(
              client ->
                  assertThat(client.texts())
                      .containsExactly("\"before\"", NOTICE, "\"after\"", NOTICE));
    }
  }

  @Test
  void onlySessionsOfTheChannelsThatWereMissedGetIt() {
    try (SessionRig rig =
        new SessionRig(
            FanoutConfig.builder("chat")
                .lanes(3)
                .routing(Routing.ADAPTIVE)
                .gapNotice(NOTICE)
                .build())) {
      Map<String, FakeTransport> clients = new HashMap<>();
      for (String user : List.of("alice", "bob", "carol", "dave", "chat:u:alice")) {
        FakeTransport client = new FakeTransport();
        clients.put(user, client);
        rig.open(user, client);
      }
      rig.delivery.sessions("carol").get(0).join("room");
      rig.delivery.sessions("dave").get(0).join("alice");

      rig.delivery.onGap(Set.of("chat:u:alice", "chat:u:nobody", "chat:g:room"));
      rig.awaitLanes();

      assertThat(clients.get("alice").texts()).containsExactly(NOTICE);
      assertThat(clients.get("carol").texts()).containsExactly(NOTICE);
      assertThat(clients.get("bob").texts()).isEmpty();
      assertThat(clients.get("dave").texts()).isEmpty();
      assertThat(clients.get("chat:u:alice").texts()).isEmpty();
      rig.delivery.onGap(Set.of("chat:u:alice", "chat"));
      rig.awaitLanes();
      assertThat(clients.values()).allMatch(client -> client.texts().contains(NOTICE));
      assertThat(clients.get("alice").texts()).containsExactly(NOTICE, NOTICE);
    }
  }

  /** The application's records must be complete. */
  @Test
  void listenerAndCountersGetTheGapAsItIs() {
    FakeBackplane backplane = new FakeBackplane();
    List<Gap> gaps = new CopyOnWriteArrayList<>();
    try (Subscriber subscriber =
        new Subscriber(
            backplane,
            new InMemorySessionRegistry(),
            new JacksonPayloadEncoder(),
            FanoutConfig.builder("chat").routing(Routing.ADAPTIVE).gapNotice(NOTICE).build(),
            new FanoutListener() {
              @Override
              public void onGap(Gap gap) {
                gaps.add(gap);
              }
            })) {
      subscriber.start();
      FakeTransport alice = new FakeTransport();
      FakeTransport bob = new FakeTransport();
      subscriber.open("alice", alice);
      subscriber.open("bob", bob);
      Gap gap =
          new Gap(
              Set.of("chat:u:bob"),
              Instant.EPOCH,
              Instant.EPOCH.plusSeconds(1),
              Gap.Cause.CONNECTION_LOST);

      requireNonNull(backplane.receiver).onGap(gap);

      await().atMost(Duration.ofSeconds(30)).until(() -> !bob.texts().isEmpty());
      await().atMost(Duration.ofSeconds(30)).until(() -> !gaps.isEmpty());
      assertThat(gaps).containsExactly(gap);
      assertThat(subscriber.counters().gaps()).isEqualTo(1);
      assertThat(alice.texts()).isEmpty();
      assertThat(bob.texts()).containsExactly(NOTICE);
    }
  }

  @Test
  void withoutANoticeNothingIsSent() {
    try (SessionRig rig = new SessionRig()) {
      FakeTransport client = new FakeTransport();
      rig.open(client);

      rig.delivery.onGap(Set.of());

      rig.awaitLanes();
      assertThat(client.texts()).isEmpty();
    }
  }

  @Test
  void sessionsOfAnOverloadedLaneGetTheNoticeOnceItTakesSomethingAgain() throws Exception {
    FanoutConfig config = SessionRig.config().deliveryBufferBytes(1_000).gapNotice(NOTICE).build();
    try (SessionRig rig = new SessionRig(config)) {
      CountDownLatch writing = new CountDownLatch(1);
      CountDownLatch mayWrite = new CountDownLatch(1);
      FakeTransport client = FakeTransport.blocking(writing, mayWrite);
      rig.open(client);
      rig.deliver(List.of("alice"), "\"first\"");
      writing.await();
      for (int i = 0; i < 10; i++) {
        rig.deliver(List.of("alice"), "\"" + "x".repeat(300) + "\"");
      }
      assertThat(rig.dropped(DropReason.LANE_FULL)).isPositive();

      mayWrite.countDown();

      // Overloads are looked for once a second: the limit of mutation testing would be too short.
      await().atMost(Duration.ofSeconds(10)).until(() -> client.texts().contains(NOTICE));
      await().until(() -> !rig.gaps.isEmpty()); // another thread calls the listener
    }
  }

  @Test
  void laneThatIsStuckForLongSendsTheNoticeOnlyOnce() throws Exception {
    try (SessionRig rig = new SessionRig()) {
      CountDownLatch writing = new CountDownLatch(1);
      CountDownLatch mayWrite = new CountDownLatch(1);
      FakeTransport client = FakeTransport.blocking(writing, mayWrite);
      rig.open(client);
      Lanes lanes = rig.delivery.lanes;
      GapNotice notice =
          new GapNotice(new TextPayload(NOTICE, NOTICE.length()), lanes, rig.channels.names());
      rig.deliver(List.of("alice"), "\"first\"");
      writing.await();

      for (int second = 0; second < 1_000; second++) {
        notice.sendTo(lanes.get(0));
      }
      mayWrite.countDown();
      rig.awaitLanes();
      assertThat(client.texts()).containsExactly("\"first\"", NOTICE);

      notice.sendTo(lanes.get(0));
      rig.awaitLanes();
      assertThat(client.texts()).containsExactly("\"first\"", NOTICE, NOTICE);
    }
  }

  @Test
  void noticeThatIsNoJsonIsRefusedWhenTheNodeIsBuilt() {
    FanoutConfig config = FanoutConfig.builder("chat").gapNotice("resync").build();

    assertThatThrownBy(() -> new SessionRig(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("gapNotice: payload must be exactly one JSON value: ");
  }
}
