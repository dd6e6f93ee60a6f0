package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.internal.Threads;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Steps the time of a pool of two threads. */
class PoolWatchTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final CountDownLatch release = new CountDownLatch(1);
  private final ThreadPoolExecutor pool = Threads.pool("test", 2);
  private final PoolWatch watch = new PoolWatch(pool, "Transport.close");

  @AfterEach
  void close() {
    release.countDown();
    pool.shutdown();
  }

  private void block() {
    pool.execute(
        () -> {
          try {
            release.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  @Test
  void poolWhoseThreadsDoNotComeBackForTenSecondsWhileOthersWaitIsStuck() {
    for (int i = 0; i < 5; i++) {
      block();
    }
    watch.check(Long.MAX_VALUE); // the clock wraps around
    watch.check(Long.MAX_VALUE + 10 * SECOND - 1);
    assertThat(watch.trouble()).isNull();

    watch.check(Long.MAX_VALUE + 10 * SECOND);
    assertThat(watch.trouble())
        .isEqualTo("2 calls of Transport.close do not return, and 3 sessions wait for it");

    release.countDown();
    await().until(() -> pool.getCompletedTaskCount() == 5);
    watch.check(Long.MAX_VALUE + 20 * SECOND);
    assertThat(watch.trouble()).isNull();
  }

  @Test
  void poolThatNothingWaitsForIsNotStuck() {
    block();
    block();
    await().until(() -> pool.getQueue().isEmpty());

    watch.check(0);
    watch.check(60 * SECOND);

    assertThat(watch.trouble()).isNull();
  }

  @Test
  void poolThatWorksIsNotStuckHoweverMuchWaits() {
    CountDownLatch first = new CountDownLatch(1);
    block();
    pool.execute(
        () -> {
          try {
            first.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    block();
    block();
    watch.check(0);
    first.countDown();
    await().until(() -> pool.getCompletedTaskCount() == 1);

    watch.check(10 * SECOND);
    assertThat(watch.trouble()).isNull();
    watch.check(19 * SECOND);
    assertThat(watch.trouble()).isNull();
    watch.check(20 * SECOND);
    assertThat(watch.trouble()).isNotNull();
  }
}
