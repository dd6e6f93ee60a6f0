package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When the sessions of a node, as a whole, have worked off what came. */
class CatchUpTest {
  private static final int QUEUE = 16; // of which an eighth are two messages

  private SessionRig rig = new SessionRig(SessionRig.config().sessionQueueMessages(QUEUE).build());
  private final AtomicInteger reached = new AtomicInteger();
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    rig.close();
  }

  private void ask() {
    rig.delivery.whenCaughtUp(reached::incrementAndGet);
  }

  private void deliver(int messages) {
    for (int i = 0; i < messages; i++) {
      rig.deliver(List.of("alice"), "" + i);
    }
    rig.awaitLanes();
  }

  /** Long enough for the timer to have looked a few times. */
  private void awaitTimer() {
    await()
        .pollInterval(Duration.ofMillis(5))
        .during(Duration.ofMillis(20))
        .until(() -> reached.get() == 0);
  }

  @Test
  void idleNodeHasCaughtUpAtOnce() {
    rig.close();
    rig = new SessionRig(FanoutConfig.builder("chat").lanes(3).build());

    ask();
    rig.awaitLanes();

    assertThat(reached).hasValue(1);
  }

  @Test
  void nodeHasCaughtUpWhileAnEighthOfAllQueuesIsFilled() {
    FakeTransport slow = FakeTransport.holding();
    rig.open(slow);
    deliver(2);

    ask();
    rig.awaitLanes();

    assertThat(reached).hasValue(1);
  }

  @Test
  void nodeHasNotCaughtUpBeforeWhatIsPendingFalls() {
    FakeTransport slow = FakeTransport.holding();
    rig.open(slow);
    deliver(4);

    ask();
    rig.awaitLanes();
    awaitTimer();
    slow.held.get(0).ok();
    rig.awaitLanes();
    awaitTimer();
    slow.held.get(1).ok();

    await().until(() -> reached.get() == 1);
    assertThat(rig.counts().pending()).isEqualTo(2);
  }

  @Test
  void slowSessionDoesNotMatterAmongManyQuickOnes() {
    for (int i = 0; i < 7; i++) {
      rig.open("bob", new FakeTransport());
    }
    rig.open(FakeTransport.holding());
    deliver(QUEUE);

    ask();
    rig.awaitLanes();

    assertThat(reached).hasValue(1);
  }

  @Test
  void sessionThatIsGoneHoldsNobodyUp() {
    FanoutSession slow = rig.open(FakeTransport.holding());
    deliver(QUEUE);
    ask();
    rig.awaitLanes();
    assertThat(reached).hasValue(0);

    slow.disconnect(Disconnect.NOT_ALLOWED);

    await().until(() -> reached.get() == 1);
  }

  @Test
  void everyLaneHasToHaveDoneWhatCameBefore() throws Exception {
    rig.close();
    rig = new SessionRig(FanoutConfig.builder("chat").lanes(2).build());
    rig.delivery
        .lanes
        .get(1)
        .thread()
        .execute(
            () -> {
              entered.countDown();
              awaitRelease();
            });
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

    ask();
    rig.delivery.lanes.get(0).thread().awaitIdle(System.nanoTime() + TimeUnit.SECONDS.toNanos(10));

    assertThat(reached).hasValue(0);
    release.countDown();
    rig.awaitLanes();
    assertThat(reached).hasValue(1);
  }

  private void awaitRelease() {
    try {
      assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void closingNodeKeepsNobodyWaiting() {
    FakeTransport slow = FakeTransport.holding();
    rig.open(slow);
    deliver(QUEUE);
    ask();
    rig.awaitLanes();
    assertThat(reached).hasValue(0);

    rig.close(Duration.ZERO);

    await().until(() -> reached.get() == 1);
  }

  @Test
  void lastOfThoseThatWaitStandsForAllSoThatTheyDoNotPileUp() {
    FanoutSession slow = rig.open(FakeTransport.holding());
    deliver(QUEUE);
    for (int i = 0; i < 1_000; i++) {
      ask();
    }
    AtomicInteger last = new AtomicInteger();
    rig.delivery.whenCaughtUp(last::incrementAndGet);
    rig.awaitLanes();

    slow.disconnect(Disconnect.NOT_ALLOWED);

    await().until(() -> last.get() == 1);
    assertThat(reached).hasValue(0);
    ask();
    rig.awaitLanes();
    assertThat(reached).hasValue(1);
  }
}
