package io.github.redisfanout.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CallbackThreadsTest {
  private final List<Integer> done = new CopyOnWriteArrayList<>();
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger made = new AtomicInteger();
  private volatile int available = 100;

  private final CallbackThreads threads =
      new CallbackThreads(
          3,
          task -> {
            if (made.get() == available) {
              throw new OutOfMemoryError("unable to create native thread, says the test");
            }
            made.incrementAndGet();
            return Threads.daemons("callback-of-the-test").newThread(task);
          });

  @AfterEach
  void close() {
    release.countDown();
    threads.close(Duration.ofSeconds(5));
  }

  private void block() throws InterruptedException {
    CountDownLatch blocked = new CountDownLatch(1);
    threads.execute(
        () -> {
          blocked.countDown();
          try {
            assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    assertThat(blocked.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void workWaitsOnlyWhenAllThreadsAreBlocked() throws Exception {
    block();
    block();
    threads.execute(() -> done.add(1));
    await().until(() -> done.equals(List.of(1)));
    block();

    threads.execute(() -> done.add(2));

    assertThat(made).hasValue(3);
    assertThat(done).containsExactly(1);
    release.countDown();
    await().until(() -> done.equals(List.of(1, 2)));
  }

  @Test
  void workThatThrowsOrInterruptsItsThreadDoesNotEndIt() {
    threads.execute(
        () -> {
          Thread.currentThread().interrupt();
          throw new AssertionError("by the test");
        });
    threads.execute(() -> done.add(Thread.currentThread().isInterrupted() ? -1 : 1));

    await().until(() -> !done.isEmpty());
    assertThat(done).containsExactly(1);
  }

  @Test
  void workIsKeptWhenNoFurtherThreadIsToBeHad() throws Exception {
    available = 1;
    block();
    threads.execute(() -> done.add(1));
    threads.execute(() -> done.add(2));

    release.countDown();

    await().until(() -> done.equals(List.of(1, 2)));
  }

  @Test
  void workIsRefusedWhenNoThreadIsToBeHadAtAll() {
    available = 0;
    assertThatThrownBy(() -> threads.execute(() -> done.add(1)))
        .isInstanceOf(OutOfMemoryError.class);

    available = 1;
    threads.execute(() -> done.add(2));

    await().until(() -> !done.isEmpty());
    assertThat(done).containsExactly(2);
  }

  @Test
  void closeDoesWhatThereIsAndThenRefuses() {
    for (int i = 0; i < 100; i++) {
      int number = i;
      threads.execute(() -> done.add(number));
    }

    threads.close(Duration.ofSeconds(10));

    assertThat(done).hasSize(100);
    assertThatThrownBy(() -> threads.execute(() -> done.add(-1)))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessage("the node is closed");
  }
}
