package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.github.redisfanout.backplane.Gap;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LaneThreadTest {
  private final List<Integer> done = new CopyOnWriteArrayList<>();
  private final CountDownLatch working = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final Clock clock = mock(Clock.class);
  private final LaneThread lane = new LaneThread(7, 1_000, clock, new HighWater());

  @BeforeEach
  void start() {
    when(clock.instant())
        .thenReturn(Instant.ofEpochSecond(1), Instant.ofEpochSecond(2), Instant.ofEpochSecond(3));
    lane.start();
  }

  @AfterEach
  void close() {
    release.countDown();
    lane.close();
    lane.join(Duration.ofSeconds(5));
  }

  /** Fills the lane with a delivery that does not end before the test says so. */
  private void occupy(long size) throws InterruptedException {
    assertThat(
            lane.offer(
                () -> {
                  working.countDown();
                  awaitRelease();
                },
                size))
        .isTrue();
    assertThat(working.await(10, TimeUnit.SECONDS)).isTrue();
  }

  private void awaitRelease() {
    try {
      assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void deliveriesAreDoneInTheOrderOfTheOffers() {
    IntStream.range(0, 100).forEach(i -> lane.offer(() -> done.add(i), 1));

    await().until(() -> done.size() == 100);
    assertThat(done).isEqualTo(IntStream.range(0, 100).boxed().toList());
  }

  @Test
  void deliveryThatThrowsDoesNotStopTheNext() {
    lane.offer(
        () -> {
          throw new AssertionError("by the test");
        },
        1);
    lane.offer(() -> done.add(1), 1);

    await().until(() -> done.size() == 1);
  }

  @Test
  void workThatFailsAndCannotBeLoggedDoesNotEndTheThread() {
    lane.offer(
        () -> {
          throw new Unspeakable();
        },
        1);
    lane.execute(
        () -> {
          throw new Unspeakable();
        });
    lane.offer(() -> done.add(1), 1);

    await().until(() -> done.size() == 1);
  }

  @Test
  void checkedExceptionThatNobodyDeclaredDoesNotStopTheNextEither() {
    List<String> done = new CopyOnWriteArrayList<>();
    lane.offer(() -> Undeclared.sneak(new IOException("by the test")), 1);
    lane.offer(() -> done.add("next"), 1);
    lane.awaitIdle(System.nanoTime() + Duration.ofSeconds(10).toNanos());
    assertThat(done).containsExactly("next");
  }

  @Test
  void boundOfBytesIsExactAndCountsWhatIsUnderWay() throws Exception {
    occupy(400);

    assertThat(lane.offer(() -> done.add(1), 601)).isFalse();
    assertThat(lane.offer(() -> done.add(2), 600)).isTrue();
    assertThat(lane.offer(() -> done.add(3), 1)).isFalse();

    release.countDown();
    await().until(() -> done.size() == 1);
    assertThat(done).containsExactly(2);
  }

  @Test
  void bytesAreFreeAgainWhenAllIsDone() {
    for (int round = 0; round < 100; round++) {
      assertThat(lane.offer(() -> done.add(1), 1_000)).isTrue();
      lane.awaitIdle(System.nanoTime() + TimeUnit.SECONDS.toNanos(10));
    }
    assertThat(lane.takeOverload()).isNull();
  }

  @Test
  void emptyLaneTakesADeliveryOfAnySize() {
    assertThat(lane.offer(() -> done.add(1), Long.MAX_VALUE)).isTrue();

    await().until(() -> done.size() == 1);
    assertThat(lane.takeOverload()).isNull();
  }

  @Test
  void overloadIsTakenOnceAndCoversEveryRefusalWhileTheLaneIsStuck() throws Exception {
    occupy(1_000);
    assertThat(lane.takeOverload()).isNull();
    for (int i = 0; i < 10; i++) {
      assertThat(lane.offer(() -> done.add(1), 1)).isFalse();
    }

    assertThat(lane.takeOverload()).isEqualTo(overload(1, 2));
    assertThat(lane.takeOverload()).isNull();
  }

  @Test
  void refusalsAfterAnOverloadWasTakenAreAnotherOne() throws Exception {
    occupy(1_000);
    lane.offer(() -> done.add(1), 1);
    lane.takeOverload();

    lane.offer(() -> done.add(1), 1);

    when(clock.instant()).thenReturn(Instant.ofEpochSecond(9));
    assertThat(lane.takeOverload()).isEqualTo(overload(3, 9));
  }

  private static Gap overload(long from, long until) {
    return new Gap(
        Set.of(), Instant.ofEpochSecond(from), Instant.ofEpochSecond(until), Gap.Cause.OVERLOAD);
  }

  @Test
  void sizesThatAddUpToMoreThanALongAreTooLarge() throws Exception {
    occupy(1_000);

    assertThat(lane.offer(() -> done.add(1), Long.MAX_VALUE)).isFalse();
  }

  @Test
  void laneKnowsItsNumber() {
    assertThat(lane.number()).isEqualTo(7);
  }

  @Test
  void tasksOfSessionsAreTakenWhenTheLaneIsFull() throws Exception {
    occupy(1_000);
    assertThat(lane.offer(() -> done.add(0), 1)).isFalse();

    lane.execute(() -> done.add(1));

    release.countDown();
    await().until(() -> done.size() == 1);
    assertThat(done).containsExactly(1);
  }

  @Test
  void awaitIdleWaitsForWhatIsUnderWayAndForNoLongerThanItMay() throws Exception {
    occupy(1);
    lane.awaitIdle(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20));
    Thread waiting =
        new Thread(() -> lane.awaitIdle(System.nanoTime() + TimeUnit.SECONDS.toNanos(20)));
    waiting.start();
    await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);

    release.countDown();

    waiting.join(5_000);
    assertThat(waiting.isAlive()).isFalse();
  }

  @Test
  void closedLaneDoesWhatItHasAndTakesNoMore() throws Exception {
    occupy(1);
    lane.offer(() -> done.add(1), 1);
    lane.close();

    assertThat(lane.offer(() -> done.add(2), 1)).isFalse();
    assertThat(lane.takeOverload()).isNull(); // nobody is overloaded: the node has closed
    lane.execute(() -> done.add(3));

    release.countDown();
    lane.join(Duration.ofSeconds(10));
    assertThat(done).containsExactly(1);
  }
}
