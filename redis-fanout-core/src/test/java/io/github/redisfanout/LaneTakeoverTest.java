package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.internal.Threads;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Another thread goes on with a lane, at moments at which that is difficult. */
class LaneTakeoverTest {
  private final CountDownLatch release = new CountDownLatch(1);
  private final List<String> done = new CopyOnWriteArrayList<>();
  private final ThreadFactory threads = Threads.daemons("lane-0");
  private LaneThread lane = lane(threads);

  private static LaneThread lane(ThreadFactory threads) {
    return new LaneThread(0, 1_000, Clock.systemUTC(), new HighWater(), threads);
  }

  @AfterEach
  void close() {
    release.countDown();
    lane.close();
    lane.join(Duration.ofSeconds(10));
  }

  /** A call that does not return before the test says so. */
  private class StuckCall implements LaneThread.Call, Runnable {
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CountDownLatch entered = new CountDownLatch(1);

    @Override
    public void run() {
      if (begun.getAndSet(true)) {
        return; // by the other thread
      }
      lane.enter(this);
      entered.countDown();
      awaitOpen(release);
      lane.leave(this);
    }

    @Override
    public Thread thread() {
      return Thread.currentThread();
    }

    @Override
    public long startedNanos() {
      return System.nanoTime();
    }

    @Override
    public String description() {
      return "by the test";
    }

    @Override
    public void abandon() {
      done.add("abandoned");
    }
  }

  private static void awaitOpen(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void turnsThatWereTakenWithTheStuckOneAreDoneThoughNothingElseComes() {
    lane.start();
    StuckCall stuck = new StuckCall();
    CountDownLatch working = new CountDownLatch(1);
    CountDownLatch bothWait = new CountDownLatch(1);
    lane.offer(
        () -> {
          working.countDown();
          awaitOpen(bothWait);
        },
        1);
    awaitOpen(working);
    lane.execute(stuck);
    lane.execute(() -> done.add("next"));
    bothWait.countDown();
    awaitOpen(stuck.entered);

    lane.replaceThread(stuck);

    await().untilAsserted(() -> assertThat(done).contains("next"));
  }

  @Test
  void stuckCallIsAbandonedBeforeTheLaneGoesOn() {
    lane.start();
    CountDownLatch wentOn = new CountDownLatch(1);
    StuckCall stuck =
        new StuckCall() {
          @Override
          public void abandon() {
            Threads.uninterruptibly(
                Duration.ofMillis(100),
                nanos -> {
                  if (wentOn.await(nanos, TimeUnit.NANOSECONDS)) {
                    done.add("went on");
                  }
                });
            super.abandon();
          }
        };
    lane.offer(stuck, 1);
    lane.offer(wentOn::countDown, 1);
    awaitOpen(stuck.entered);

    lane.replaceThread(stuck);

    awaitOpen(wentOn);
    await().untilAsserted(() -> assertThat(done).containsExactly("abandoned"));
  }

  @Test
  void laneKeepsItsThreadWhenNoOtherCanBeMade() {
    AtomicInteger made = new AtomicInteger();
    lane =
        lane(
            task ->
                made.getAndIncrement() == 0
                    ? threads.newThread(task)
                    : new Thread(task) {
                      @Override
                      public void start() {
                        throw new OutOfMemoryError("by the test: no thread can be made");
                      }
                    });
    lane.start();
    StuckCall stuck = new StuckCall();
    lane.offer(stuck, 1);
    awaitOpen(stuck.entered);

    assertThatThrownBy(() -> lane.replaceThread(stuck)).isInstanceOf(OutOfMemoryError.class);

    assertThat(lane.call()).isSameAs(stuck); // it may be tried again
    assertThat(lane.stuckThreads()).isZero();
    release.countDown();
    lane.offer(() -> done.add("next"), 1);
    await().untilAsserted(() -> assertThat(done).containsExactly("next"));
  }

  /** Two threads would deliver, each as the lane's. */
  @Test
  void threadThatReturnsJustWhenItIsReplacedDoesNotGoOn() {
    lane.start();
    AtomicInteger wrong = new AtomicInteger();
    for (int round = 0; round < 1_000; round++) {
      CountDownLatch entered = new CountDownLatch(1);
      AtomicBoolean go = new AtomicBoolean();
      int spins = round % 300;
      StuckCall call =
          new StuckCall() {
            @Override
            public void run() {
              if (entered.getCount() == 0) {
                return; // by the other thread
              }
              lane.enter(this);
              entered.countDown();
              while (!go.get()) {
                Thread.onSpinWait();
              }
              for (int i = 0; i < spins; i++) {
                Thread.onSpinWait();
              }
              if (!lane.leave(this) && lane.isCurrentThread()) {
                wrong.incrementAndGet();
              }
            }
          };
      lane.offer(call, 1);
      awaitOpen(entered);
      go.set(true);
      lane.replaceThread(call);
      lane.awaitIdle(System.nanoTime() + TimeUnit.SECONDS.toNanos(30));
    }
    assertThat(wrong).hasValue(0);
  }
}
