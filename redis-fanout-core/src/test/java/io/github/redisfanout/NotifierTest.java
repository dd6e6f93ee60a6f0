package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NotifierTest {
  private final Counters counters = new Counters();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final FanoutListener listener =
      new FanoutListener() {
        @Override
        public void onMalformedMessage(String rule) {
          told.add(rule);
        }
      };
  private final Notifier notifier = new Notifier(listener, counters);
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    notifier.close(Duration.ofSeconds(5));
  }

  private void tell(String event) {
    notifier.tell(l -> l.onMalformedMessage(event));
  }

  private void occupy() throws InterruptedException {
    CountDownLatch busy = new CountDownLatch(1);
    notifier.tell(
        l -> {
          busy.countDown();
          try {
            assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    assertThat(busy.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void eventsAreToldInOrder() {
    List<String> events = IntStream.range(0, 1_000).mapToObj(String::valueOf).toList();

    events.forEach(this::tell);

    await().until(() -> told.size() == 1_000);
    assertThat(told).isEqualTo(events);
  }

  @Test
  void oneThousandEventsWaitAndMoreAreDroppedAndCounted() throws Exception {
    occupy();

    for (int i = 0; i < 1_007; i++) {
      tell("event");
    }

    assertThat(counters.snapshot(0).listenerEventsDropped()).isEqualTo(7);
    release.countDown();
    await().until(() -> told.size() == 1_000);
  }

  @Test
  void listenerThatThrowsIsCountedAndHearsTheNextEvent() {
    for (int i = 0; i < 3; i++) {
      notifier.tell(
          l -> {
            throw new IllegalStateException("by the test");
          });
      notifier.tell(
          l -> {
            throw new AssertionError("by the test");
          });
    }
    tell("next");

    await().until(() -> told.contains("next"));
    assertThat(counters.snapshot(0).failuresOfUserCode()).isEqualTo(6);
  }

  @Test
  void closeTellsWhatWaitsButNotForEver() throws Exception {
    occupy();
    tell("waiting");
    long before = System.nanoTime();
    notifier.close(Duration.ofMillis(20));
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));

    release.countDown();

    await().until(() -> told.contains("waiting"));
  }

  @Test
  void eventAfterCloseIsCountedAndThrowsAtNobody() {
    notifier.close(Duration.ofSeconds(1));

    tell("late");

    assertThat(counters.snapshot(0).listenerEventsDropped()).isEqualTo(1);
    assertThat(told).isEmpty();
  }
}
