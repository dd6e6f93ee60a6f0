package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NotifierTest {
  private final Counters counters = new Counters();
  private final List<String> reported = new CopyOnWriteArrayList<>();
  private final FanoutListener listener =
      new FanoutListener() {
        @Override
        public void onMalformedMessage(String rule) {
          reported.add(rule);
        }
      };
  private final Notifier notifier = new Notifier(listener, counters);
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    notifier.close(Duration.ofSeconds(5));
  }

  private void report(String event) {
    notifier.report(l -> l.onMalformedMessage(event));
  }

  private void occupy() throws InterruptedException {
    CountDownLatch busy = new CountDownLatch(1);
    notifier.report(
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
  void eventsAreReportedInOrder() {
    List<String> events = IntStream.range(0, 1_000).mapToObj(String::valueOf).toList();

    events.forEach(this::report);

    await().until(() -> reported.size() == 1_000);
    assertThat(reported).isEqualTo(events);
  }

  @Test
  void oneThousandEventsWaitAndMoreAreDroppedAndCounted() throws Exception {
    occupy();

    for (int i = 0; i < 1_007; i++) {
      report("event");
    }

    assertThat(new FanoutCounters(counters, 0, Map.of()).listenerEventsDropped()).isEqualTo(7);
    release.countDown();
    await().until(() -> reported.size() == 1_000);
  }

  @Test
  void listenerThatThrowsIsCountedAndGetsTheNextEvent() {
    for (int i = 0; i < 3; i++) {
      notifier.report(
          l -> {
            throw new IllegalStateException("by the test");
          });
      notifier.report(
          l -> {
            throw new AssertionError("by the test");
          });
    }
    report("next");

    await().until(() -> reported.contains("next"));
    assertThat(new FanoutCounters(counters, 0, Map.of()).userCodeFailures()).isEqualTo(6);
  }

  @Test
  void closeReportsWhatWaitsButNotForLong() throws Exception {
    occupy();
    report("waiting");
    long before = System.nanoTime();
    notifier.close(Duration.ofMillis(20));
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));

    release.countDown();

    await().until(() -> reported.contains("waiting"));
  }

  @Test
  void eventAfterCloseIsCountedAndNothingIsThrown() {
    notifier.close(Duration.ofSeconds(1));

    report("late");

    assertThat(new FanoutCounters(counters, 0, Map.of()).listenerEventsDropped()).isEqualTo(1);
    assertThat(reported).isEmpty();
  }
}
