package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many deliveries that are offered at once. */
class LaneThreadBurstTest {
  private final List<Integer> done = new CopyOnWriteArrayList<>();
  private final CountDownLatch working = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final LaneThread lane = new LaneThread(0, 1_000, Clock.systemUTC(), new HighWater());

  private LaneWork delivery(int number, long bytes) {
    return LaneWork.of(() -> done.add(number), bytes);
  }

  @BeforeEach
  void start() {
    lane.start();
  }

  @AfterEach
  void close() {
    release.countDown();
    lane.close();
    lane.join(Duration.ofSeconds(5));
  }

  private void occupy(long size) throws InterruptedException {
    assertThat(lane.offer(this::awaitRelease, size)).isTrue();
    assertThat(working.await(10, TimeUnit.SECONDS)).isTrue();
  }

  private void awaitRelease() {
    working.countDown();
    try {
      assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void burstsAreDoneInTheirOrderAndTheOrderOfTheOffers() throws Exception {
    occupy(1);
    for (int i = 0; i < 90; i += 3) {
      assertThat(lane.offer(List.of(delivery(i, 1), delivery(i + 1, 1), delivery(i + 2, 1))))
          .isEmpty();
    }

    release.countDown();

    await().until(() -> done.size() == 90);
    assertThat(done).isEqualTo(IntStream.range(0, 90).boxed().toList());
  }

  @Test
  void whatDoesNotFitIsGivenBackInOrderAndTheOthersAreDone() throws Exception {
    occupy(400);
    LaneWork first = delivery(1, 500);
    LaneWork large = delivery(2, 101);
    LaneWork fits = delivery(3, 100);
    LaneWork late = delivery(4, 1);

    assertThat(lane.offer(List.of(first, large, fits, late))).containsExactly(large, late);

    assertThat(lane.takeOverload()).isNotNull();
    assertThat(lane.takeOverload()).isNull();
    release.countDown();
    await().until(() -> done.size() == 2);
    assertThat(done).containsExactly(1, 3);
  }

  @Test
  void emptyLaneTakesTheFirstOfAnySizeAndGivesBackTheOthers() throws Exception {
    LaneWork huge = LaneWork.of(this::awaitRelease, Long.MAX_VALUE);
    LaneWork small = delivery(1, 1);
    LaneWork nothing = delivery(2, Long.MAX_VALUE);

    assertThat(lane.offer(List.of(huge, small, nothing))).containsExactly(small, nothing);

    release.countDown();
    lane.awaitIdle(System.nanoTime() + TimeUnit.SECONDS.toNanos(10));
    assertThat(done).isEmpty();
    assertThat(lane.offer(List.of(small))).as("the bytes are free again").isEmpty();
  }

  @Test
  void bytesOfABurstAreFreedOneByOneAsItIsDone() throws Exception {
    CountDownLatch second = new CountDownLatch(1);
    LaneWork blocking =
        LaneWork.of(
            () -> {
              second.countDown();
              awaitRelease();
            },
            400);

    assertThat(lane.offer(List.of(delivery(1, 600), blocking))).isEmpty();
    assertThat(second.await(10, TimeUnit.SECONDS)).isTrue();

    assertThat(lane.offer(List.of(delivery(2, 601)))).hasSize(1);
    assertThat(lane.offer(List.of(delivery(3, 600)))).isEmpty();
  }

  @Test
  void deliveryThatThrowsCostsTheBurstNothing() {
    LaneWork throwing =
        LaneWork.of(
            () -> {
              throw new AssertionError("by the test");
            },
            500);

    assertThat(lane.offer(List.of(delivery(1, 1), throwing, delivery(2, 1)))).isEmpty();

    await().until(() -> done.equals(List.of(1, 2)));
    lane.awaitIdle(System.nanoTime() + TimeUnit.SECONDS.toNanos(10));
    assertThat(lane.offer(List.of(delivery(3, 1_000)))).as("its bytes are free again").isEmpty();
  }

  @Test
  void emptyBurstIsNothing() {
    lane.close();

    assertThat(lane.offer(List.<LaneWork>of())).isEmpty();
    assertThat(lane.takeOverload()).isNull();
  }

  @Test
  void closedLaneGivesAllBackAndIsNotOverloaded() {
    lane.close();
    List<LaneWork> burst = List.of(delivery(1, 1), delivery(2, 1));

    assertThat(lane.offer(burst)).isEqualTo(burst);

    assertThat(lane.takeOverload()).isNull();
  }

  @Test
  void laneIsNotIdleBeforeTheLastOfABurstIsDone() throws Exception {
    LaneWork last = LaneWork.of(this::awaitRelease, 1);
    lane.offer(List.of(delivery(1, 1), last));
    assertThat(working.await(10, TimeUnit.SECONDS)).isTrue();
    Thread waiting =
        new Thread(() -> lane.awaitIdle(System.nanoTime() + TimeUnit.SECONDS.toNanos(20)));
    waiting.start();
    await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);

    release.countDown();

    waiting.join(10_000);
    assertThat(waiting.isAlive()).isFalse();
  }
}
