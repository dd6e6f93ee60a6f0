package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.ConnectionState;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class StatusReportsTest {
  private final AtomicInteger number = new AtomicInteger();
  private final StatusReports reports = new StatusReports(this::status);
  private final List<Long> reported = new CopyOnWriteArrayList<>();
  private final Consumer<BackplaneStatus> listener = status -> reported.add(status.reconnects());

  private BackplaneStatus status() {
    Direction up = new Direction(ConnectionState.UP, Instant.EPOCH, "");
    return BackplaneStatus.builder(up, up).reconnects(number.incrementAndGet()).build();
  }

  @Test
  void olderStatusIsNeverReportedAfterANewerOne() throws Exception {
    CountDownLatch reporting = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Thread slow =
        new Thread(
            () ->
                reports.report(
                    status -> {
                      reporting.countDown();
                      try {
                        assertThat(release.await(10, TimeUnit.SECONDS)).isTrue();
                      } catch (InterruptedException e) {
                        throw new AssertionError(e);
                      }
                      listener.accept(status);
                    }));
    slow.start();
    assertThat(reporting.await(10, TimeUnit.SECONDS)).isTrue();

    reports.report(listener); // does not wait for the other thread
    release.countDown();
    slow.join(10_000);

    assertThat(reported).containsExactly(1L, 2L);
  }

  @Test
  void everyStatusIsReportedOnceByOneThreadAtATime() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Thread> threads =
        java.util.stream.IntStream.range(0, 4)
            .mapToObj(
                t ->
                    new Thread(
                        () -> {
                          for (int i = 0; i < 250; i++) {
                            reports.report(
                                status -> {
                                  most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                                  listener.accept(status);
                                  inside.decrementAndGet();
                                });
                          }
                        }))
            .toList();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join(10_000);
    }

    assertThat(reported).isEqualTo(LongStream.rangeClosed(1, 1_000).boxed().toList());
    assertThat(most).hasValue(1);
  }

  @Test
  void listenerMayCauseTheNextStatus() {
    reports.report(
        status -> {
          listener.accept(status);
          if (reported.size() < 3) {
            reports.report(listener);
          }
        });

    assertThat(reported).containsExactly(1L, 2L, 3L);
  }
}
