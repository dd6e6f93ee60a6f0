package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.github.redisfanout.backplane.Gap;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LaneTest {
  private final List<Gap> gaps = new CopyOnWriteArrayList<>();
  private final List<Integer> done = new CopyOnWriteArrayList<>();
  private final CountDownLatch working = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final Lane lane = lane(1_000, gaps::add);

  private static Lane lane(long maxBytes, Consumer<Gap> overload) {
    Lane lane = new Lane(0, maxBytes, Clock.systemUTC(), overload);
    lane.start();
    return lane;
  }

  @AfterEach
  void close() {
    release.countDown();
    lane.close();
    lane.join(Duration.ofSeconds(5));
  }

  /** Fills the lane with a delivery that does not end before the test says so. */
  private void occupy(Lane lane, long size) throws InterruptedException {
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
  void boundOfBytesIsExactAndCountsWhatIsUnderWay() throws Exception {
    occupy(lane, 400);

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
    assertThat(gaps).isEmpty();
  }

  @Test
  void emptyLaneTakesADeliveryOfAnySize() {
    assertThat(lane.offer(() -> done.add(1), Long.MAX_VALUE)).isTrue();

    await().until(() -> done.size() == 1);
    assertThat(gaps).isEmpty();
  }

  @Test
  void overloadIsToldOnceAndCoversEveryRefusal() throws Exception {
    Clock clock = mock(Clock.class);
    when(clock.instant())
        .thenReturn(Instant.ofEpochSecond(1), Instant.ofEpochSecond(2), Instant.ofEpochSecond(3));
    Lane full = new Lane(0, 1_000, clock, gaps::add);
    full.start();
    occupy(full, 1_000);
    for (int i = 0; i < 10; i++) {
      assertThat(full.offer(() -> done.add(1), 1)).isFalse();
    }
    assertThat(gaps).isEmpty();

    release.countDown();
    await().until(() -> !gaps.isEmpty());
    full.awaitIdle(System.nanoTime() + TimeUnit.SECONDS.toNanos(10));
    full.close();
    full.join(Duration.ofSeconds(5));

    assertThat(gaps)
        .containsExactly(
            new Gap(
                Set.of(), Instant.ofEpochSecond(1), Instant.ofEpochSecond(2), Gap.Cause.OVERLOAD));
    assertThat(done).isEmpty();
  }

  @Test
  void overloadIsToldBeforeWhatIsTakenAfterIt() throws Exception {
    List<String> story = new CopyOnWriteArrayList<>();
    Lane telling = lane(1_000, gap -> story.add("gap"));
    occupy(telling, 1_000);
    telling.offer(() -> story.add("refused"), 1);

    release.countDown();
    await().until(() -> telling.offer(() -> story.add("taken"), 1));

    await().until(() -> story.size() == 2);
    assertThat(story).containsExactly("gap", "taken");
    telling.close();
  }

  @Test
  void refusalsWhileAnOverloadIsToldAreToldTooAndTheLaneGoesOn() throws Exception {
    Lane[] self = new Lane[1];
    // As a reading thread that offers again and again something for which there is no room.
    Lane busy =
        lane(
            1_000,
            gap -> {
              gaps.add(gap);
              self[0].offer(() -> done.add(-1), 700);
            });
    self[0] = busy;
    occupy(busy, 400);
    busy.offer(() -> done.add(1), 400);
    busy.offer(() -> done.add(2), 700);

    release.countDown();

    await().until(() -> done.contains(1));
    await().until(() -> gaps.size() == 2);
    busy.close();
    busy.join(Duration.ofSeconds(5));
  }

  @Test
  void failureToTellAnOverloadDoesNotEndTheLane() throws Exception {
    Lane unlucky =
        lane(
            1_000,
            gap -> {
              throw new AssertionError("by the test");
            });
    occupy(unlucky, 1_000);
    unlucky.offer(() -> done.add(0), 1);

    release.countDown();

    await().until(() -> unlucky.offer(() -> done.add(1), 1_000));
    await().until(() -> done.size() == 1);
    unlucky.close();
  }

  @Test
  void tasksOfSessionsAreTakenWhenTheLaneIsFull() throws Exception {
    occupy(lane, 1_000);
    assertThat(lane.offer(() -> done.add(0), 1)).isFalse();

    lane.execute(() -> done.add(1));

    release.countDown();
    await().until(() -> done.size() == 1);
    assertThat(done).containsExactly(1);
  }

  @Test
  void awaitIdleWaitsForWhatIsUnderWayAndForNoLongerThanItMay() throws Exception {
    occupy(lane, 1);
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
    occupy(lane, 1);
    lane.offer(() -> done.add(1), 1);
    lane.close();

    assertThat(lane.offer(() -> done.add(2), 1)).isFalse();
    lane.execute(() -> done.add(3));

    release.countDown();
    lane.join(Duration.ofSeconds(10));
    assertThat(done).containsExactly(1);
  }
}
