package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sessions that may write on, and the deliveries that wait. */
class LaneThreadTurnsTest {
  private static final int DELIVERIES = 100;

  private final List<String> done = new CopyOnWriteArrayList<>();
  private final CountDownLatch working = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final LaneThread lane = new LaneThread(0, 1_000, Clock.systemUTC(), new HighWater());

  @BeforeEach
  void occupy() throws InterruptedException {
    lane.start();
    lane.offer(
        () -> {
          working.countDown();
          try {
            assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        },
        1);
    assertThat(working.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @AfterEach
  void close() {
    release.countDown();
    lane.close();
    lane.join(Duration.ofSeconds(5));
  }

  private void offerDeliveries() {
    for (int i = 0; i < DELIVERIES; i++) {
      lane.offer(() -> done.add("delivery"), 1);
    }
  }

  @Test
  void turnIsDoneBeforeDeliveriesThatWait() {
    offerDeliveries();
    lane.execute(() -> done.add("turn"));

    release.countDown();

    await().until(() -> done.size() == DELIVERIES + 1);
    assertThat(done.indexOf("turn")).isZero();
  }

  @Test
  void turnThatComesWhileDeliveriesAreDoneWaitsForAFewOfThem() {
    for (int i = 0; i < DELIVERIES; i++) {
      boolean brings = i == 10;
      lane.offer(
          () -> {
            done.add("delivery");
            if (brings) {
              lane.execute(() -> done.add("turn"));
            }
          },
          1);
    }

    release.countDown();

    await().until(() -> done.size() == DELIVERIES + 1);
    assertThat(done.indexOf("turn")).isBetween(11, 19);
  }

  @Test
  void turnsThatBringTurnsDoNotKeepDeliveriesWaiting() {
    Runnable[] again = new Runnable[1];
    again[0] =
        () -> {
          if (done.size() < DELIVERIES) {
            lane.execute(again[0]);
          }
        };
    lane.execute(again[0]);
    offerDeliveries();

    release.countDown();

    await().until(() -> done.size() == DELIVERIES);
  }

  @Test
  void whatHasToComeAfterDeliveriesKeepsItsPlaceAmongThem() {
    lane.offer(() -> done.add("first"), 1);
    lane.executeAfterDeliveries(() -> done.add("after"));
    lane.offer(() -> done.add("second"), 1);

    release.countDown();

    await().until(() -> done.size() == 3);
    assertThat(new ArrayList<>(done)).containsExactly("first", "after", "second");
  }

  @Test
  void whatHasToComeAfterDeliveriesIsTakenByAFullLaneAndByNoneThatIsClosed() {
    assertThat(lane.offer(() -> done.add("large"), 999)).isTrue();
    assertThat(lane.offer(() -> done.add("too large"), 1)).isFalse();
    lane.executeAfterDeliveries(() -> done.add("after"));
    lane.close();
    lane.executeAfterDeliveries(() -> done.add("too late"));

    release.countDown();

    lane.join(Duration.ofSeconds(10));
    assertThat(done).containsExactly("large", "after");
  }
}
