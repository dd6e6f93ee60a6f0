package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
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

      rig.delivery.sendGapNotice();
      rig.deliver(List.of("alice"), "\"after\"");
      rig.delivery.sendGapNotice();

      rig.awaitLanes();
      assertThat(clients)
          .allSatisfy(
              client ->
                  assertThat(client.texts())
                      .containsExactly("\"before\"", NOTICE, "\"after\"", NOTICE));
    }
  }

  @Test
  void withoutANoticeNothingIsSent() {
    try (SessionRig rig = new SessionRig()) {
      FakeTransport client = new FakeTransport();
      rig.open(client);

      rig.delivery.sendGapNotice();

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
      GapNotice notice = new GapNotice(new TextPayload(NOTICE, NOTICE.length()), lanes);
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
