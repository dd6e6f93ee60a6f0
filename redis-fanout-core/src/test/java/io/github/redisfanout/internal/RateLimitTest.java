package io.github.redisfanout.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RateLimitTest {

  @Test
  void firstIsAllowedAtOnceAndTheSecondIsNot() {
    RateLimit limit = new RateLimit(Duration.ofDays(1));

    assertThat(limit.allows()).isTrue();
    assertThat(limit.allows()).isFalse();
    assertThat(limit.allows()).isFalse();
  }

  @Test
  void nextIsAllowedWhenTheIntervalIsOverAndNotBefore() {
    Duration interval = Duration.ofMillis(200);
    RateLimit limit = new RateLimit(interval);
    long before = System.nanoTime();
    assertThat(limit.allows()).isTrue();

    await()
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(limit::allows);

    assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(interval.toNanos());
  }

  @Test
  @Tag("full")
  void onlyOneOfManyThreadsIsAllowed() throws Exception {
    for (int round = 0; round < 200; round++) {
      RateLimit limit = new RateLimit(Duration.ofDays(1));
      AtomicInteger allowed = new AtomicInteger();
      Thread[] threads = new Thread[4];
      CountDownLatch gate = new CountDownLatch(threads.length);
      for (int i = 0; i < threads.length; i++) {
        threads[i] =
            new Thread(
                () -> {
                  gate.countDown();
                  while (gate.getCount() > 0) {
                    Thread.onSpinWait();
                  }
                  if (limit.allows()) {
                    allowed.incrementAndGet();
                  }
                });
        threads[i].start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(allowed).hasValue(1);
    }
  }
}
