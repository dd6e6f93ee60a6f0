package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Waiting for a lane. */
class LaneThreadWaitingTest {
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicBoolean interrupted = new AtomicBoolean();
  private final LaneThread lane = new LaneThread(0, 1_000, Clock.systemUTC(), new HighWater());

  @AfterEach
  void close() {
    release.countDown();
    lane.close();
  }

  /** Starts a thread that waits for the lane, which does not come to an end before it may. */
  private Thread waiting(Runnable waits) {
    lane.start();
    lane.execute(this::awaitRelease);
    Thread waiting =
        new Thread(
            () -> {
              waits.run();
              interrupted.set(Thread.currentThread().isInterrupted());
            });
    waiting.start();
    awaitWaiting(waiting);
    return waiting;
  }

  private void awaitRelease() {
    try {
      assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void awaitWaiting(Thread thread) {
    await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
  }

  @Test
  void interruptedWaitForAnIdleLaneGoesOnAndTheInterruptIsKept() throws Exception {
    Thread waiting =
        waiting(() -> lane.awaitIdle(System.nanoTime() + TimeUnit.SECONDS.toNanos(20)));

    waiting.interrupt();
    await().until(() -> !waiting.isInterrupted()); // it was noticed
    awaitWaiting(waiting);

    release.countDown();
    waiting.join(10_000);
    assertThat(waiting.isAlive()).isFalse();
    assertThat(interrupted).isTrue();
  }

  @Test
  void waitForAnIdleLaneLeavesNoInterrupt() throws Exception {
    Thread waiting =
        waiting(() -> lane.awaitIdle(System.nanoTime() + TimeUnit.SECONDS.toNanos(20)));

    release.countDown();

    waiting.join(10_000);
    assertThat(waiting.isAlive()).isFalse();
    assertThat(interrupted).isFalse();
  }

  @Test
  void joiningWaitsForWhatTheLaneIsDoing() throws Exception {
    Thread waiting =
        waiting(
            () -> {
              lane.close();
              lane.join(Duration.ofSeconds(20));
            });

    release.countDown();

    waiting.join(10_000);
    assertThat(waiting.isAlive()).isFalse();
  }

  @Test
  void laneThatWasNeverStartedIsNotWaitedFor() {
    long before = System.nanoTime();

    lane.close();
    lane.join(Duration.ofSeconds(20));

    assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(10));
  }
}
