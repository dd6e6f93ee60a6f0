package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Steps the time of a call that does not return, on the second of two lanes. */
class LaneBlockedTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long STARTED = Long.MAX_VALUE; // the clock wraps around
  private static final String TEXT = "lane 1 is blocked in its transport";

  private final FanoutConfig config =
      FanoutConfig.builder("chat").lanes(2).writeTimeout(Duration.ofSeconds(10)).build();
  private final Counters counters = new Counters();
  private final Lanes lanes = new Lanes(config, counters);
  private final LaneThread lane = lanes.get(1).thread();
  private final LaneWatch watch = new LaneWatch(config, lanes, counters);
  private final AtomicInteger abandoned = new AtomicInteger();
  private final LaneThread.Call call =
      new LaneThread.Call() {
        @Override
        public Thread thread() {
          return Thread.currentThread();
        }

        @Override
        public long startedNanos() {
          return STARTED;
        }

        @Override
        public String description() {
          return "its transport";
        }

        @Override
        public void abandon() {
          abandoned.incrementAndGet();
        }
      };

  @BeforeEach
  void enter() {
    lane.enter(call);
  }

  @AfterEach
  void close() {
    lanes.close();
  }

  @Test
  void callIsReportedOnceWhenItHasNotReturnedForASecond() {
    watch.check(STARTED + SECOND - 1);
    assertThat(counters.blockedWrites.sum()).isZero();
    assertThat(lanes.blocked(STARTED + SECOND - 1)).isNull();

    watch.check(STARTED + SECOND);
    watch.check(STARTED + 2 * SECOND);
    assertThat(counters.blockedWrites.sum()).isEqualTo(1);
    assertThat(lanes.blocked(STARTED + SECOND)).isEqualTo(TEXT);
    assertThat(lane.leave(call)).isTrue();
    assertThat(lanes.blocked(STARTED + SECOND)).isNull();
    assertThat(abandoned).hasValue(0);
  }

  @Test
  void laneGoesOnWithAnotherThreadAfterTheWriteTimeout() {
    watch.check(STARTED + 10 * SECOND - 1);
    assertThat(lane.call()).isSameAs(call);

    watch.check(STARTED + 10 * SECOND);

    assertThat(lane.call()).isNull();
    assertThat(lane.leave(call)).isFalse();
    assertThat(lanes.blocked(STARTED))
        .isEqualTo("threads of lane 1 that are stuck in transports: 1");
    await().until(() -> abandoned.get() == 1);
  }

  @Test
  void laneThatNothingBlocksIsNotReported() {
    assertThat(lane.leave(call)).isTrue();

    watch.check(STARTED + 60 * SECOND);

    assertThat(counters.blockedWrites.sum()).isZero();
    assertThat(lane.stuckThreads()).isZero();
  }
}
