package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Work of a lane that goes on in slices. */
class LaneSlicesTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final List<String> done = new CopyOnWriteArrayList<>();
  private final HighWater highWater = new HighWater();
  private final LaneThread lane = new LaneThread(7, 1_000, Clock.systemUTC(), highWater);

  @AfterEach
  void close() {
    lane.close();
    lane.join(Duration.ofSeconds(5));
  }

  private LaneWork slices(String name, int slices) {
    return new LaneWork() {
      private int next;

      @Override
      boolean run() {
        done.add(name + next);
        return ++next == slices;
      }

      @Override
      long bytes() {
        return 100;
      }
    };
  }

  private void run(LaneWork... works) {
    for (LaneWork work : works) {
      assertThat(lane.add(work)).isTrue();
    }
  }

  @Test
  void othersAreDoneBetweenTheSlicesOfOne() {
    run(slices("a", 3), slices("b", 1), slices("c", 2));

    lane.start();

    await().atMost(LIMIT).until(() -> done.size() == 6);
    assertThat(done).containsExactly("a0", "b0", "c0", "a1", "c1", "a2");
  }

  @Test
  void deliveriesGoOnWhileSlicesAreLeftEightForEachSlice() {
    run(slices("a", 3));
    for (int i = 0; i < 20; i++) {
      lane.offer(() -> done.add("d"), 1);
    }

    lane.start();

    await().atMost(LIMIT).until(() -> done.size() == 23);
    assertThat(done.indexOf("a0")).isZero();
    assertThat(done.indexOf("a1")).isEqualTo(8);
    assertThat(done.indexOf("a2")).isEqualTo(17);
  }

  @Test
  void workCountsUntilItsLastSliceIsDone() {
    run(slices("a", 3), LaneWork.of(() -> done.add("bytes " + lane.waitingBytes()), 0));
    assertThat(highWater.value()).isEqualTo(100);

    lane.start();

    await().atMost(LIMIT).until(() -> done.contains("a2"));
    assertThat(done).contains("bytes 100");
    await().atMost(LIMIT).until(() -> lane.waitingBytes() == 0);
  }

  @Test
  void taskAfterDeliveriesWaitsForSlicesToo() {
    run(slices("a", 3), slices("b", 2));
    lane.executeAfterDeliveries(() -> done.add("after"));
    run(slices("c", 5));

    lane.start();

    await().atMost(LIMIT).until(() -> done.contains("c4"));
    assertThat(done.indexOf("after"))
        .isGreaterThan(done.indexOf("a2"))
        .isGreaterThan(done.indexOf("b1"))
        .isLessThan(done.indexOf("c4"));
    assertThat(done).containsOnlyOnce("after");
  }

  @Test
  void closedLaneEndsItsSlicesAndTakesNoMore() {
    run(slices("a", 1_000));
    lane.start();

    lane.close();

    assertThat(lane.add(slices("late", 1))).isFalse();
    await().atMost(LIMIT).until(() -> done.contains("a999"));
    assertThat(done).doesNotContain("late0");
  }

  @Test
  void everyWorkHasANumberInItsOrder() {
    LaneWork first = slices("a", 1);
    LaneWork second = slices("b", 1);
    assertThat(lane.lastNumber()).isZero();

    run(first, second);

    assertThat(first.number()).isEqualTo(1);
    assertThat(second.number()).isEqualTo(2);
    assertThat(lane.lastNumber()).isEqualTo(2);
  }
}
