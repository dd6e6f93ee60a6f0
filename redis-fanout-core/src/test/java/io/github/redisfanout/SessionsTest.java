package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a node's sessions have in common: ids, lanes, threads, the end. */
class SessionsTest {
  private SessionRig rig = new SessionRig();
  private final FakeTransport transport = new FakeTransport();
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    rig.close();
  }

  private void configure(FanoutConfig.Builder config) {
    rig.close();
    rig = new SessionRig(config.build());
  }

  /** Keeps a lane busy with nothing that belongs to a session. */
  private void occupy(LaneThread lane) throws InterruptedException {
    lane.execute(
        () -> {
          entered.countDown();
          try {
            assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void idsAre24HexadecimalDigitsAndDoNotRepeat() {
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      ids.add(rig.open(transport).id());
    }

    assertThat(ids).hasSize(100).allMatch(id -> id.matches("[0-9a-f]{24}"));
  }

  @Test
  void closeDeliversWhatIsStillOnALane() throws Exception {
    rig.open(transport);
    occupy(rig.delivery.lanes.get(0).thread());
    rig.deliver(List.of("alice"), "1");
    Thread closing = new Thread(() -> rig.close(Duration.ofSeconds(10)));
    closing.start();
    await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);

    release.countDown();
    closing.join(10_000);

    assertThat(transport.texts()).containsExactly("1");
    assertThat(transport.closes).containsExactly(Disconnect.GOING_AWAY);
  }

  @Test
  void closeReportsAnOverloadThatWasNotReportedYet() throws Exception {
    configure(SessionRig.config().deliveryBufferBytes(1));
    rig.open(transport);
    occupy(rig.delivery.lanes.get(0).thread());
    rig.deliver(List.of("alice"), "1");
    rig.deliver(List.of("alice"), "2");

    release.countDown();
    rig.close(Duration.ofSeconds(10));

    assertThat(rig.gaps).hasSize(1);
    assertThat(rig.counts().gaps()).isEqualTo(1);
    assertThat(rig.dropped(DropReason.LANE_FULL)).isEqualTo(1);
  }

  @Test
  void sessionOpenedAfterCloseIsSentAwayOnTheThreadThatOpensIt() {
    rig.close();
    Thread[] closedOn = new Thread[1];
    FakeTransport late =
        new FakeTransport() {
          @Override
          public void close(Disconnect why, boolean force) {
            closedOn[0] = Thread.currentThread();
            super.close(why, force);
          }
        };

    assertThat(rig.open(late).isOpen()).isFalse();

    assertThat(late.closes).containsExactly(Disconnect.GOING_AWAY);
    assertThat(closedOn[0]).isSameAs(Thread.currentThread());
    assertThat(rig.counts().sessions()).isZero();
  }

  @Test
  void threadsThatCloseExistOnlyWhileThereIsWork() {
    rig.open(transport).disconnect(Disconnect.NOT_ALLOWED);

    await().until(() -> !transport.closes.isEmpty());

    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().equals("redis-fanout-close")));
  }
}
