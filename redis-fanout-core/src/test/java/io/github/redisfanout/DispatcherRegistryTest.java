package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A registry of the application's own that blocks the thread that reads. */
class DispatcherRegistryTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Counters counters = new Counters();
  private final Lanes lanes = new Lanes(FanoutConfig.of("chat"), counters);
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
  }

  private Dispatcher dispatcher(SessionRegistry registry) {
    return new Dispatcher(
        registry,
        lanes,
        new Groups(
            lanes, 1, new LocalChannels(new FakeBackplane(), FanoutConfig.of("chat")), counters),
        new Propagation(null, counters),
        counters);
  }

  @Test
  void registryThatDoesNotAnswerForASecondIsNamed() throws Exception {
    SessionRegistry registry =
        new ForwardingRegistry() {
          @Override
          public Collection<FanoutSession> sessions(Address address) {
            entered.countDown();
            try {
              release.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return super.sessions(address);
          }
        };
    Dispatcher dispatcher = dispatcher(registry);
    long before = System.nanoTime();
    Thread reading =
        new Thread(() -> dispatcher.deliver(List.of(SessionRig.message(List.of("alice"), "1"))));
    reading.start();
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
    long after = System.nanoTime();

    assertThat(dispatcher.trouble(before + SECOND - 1)).isNull();
    assertThat(dispatcher.trouble(after + SECOND))
        .isEqualTo("receiving is blocked in %s.sessions".formatted(registry.getClass().getName()));
    dispatcher.watchRegistry(); // says nothing yet

    release.countDown();
    reading.join(10_000);
    assertThat(dispatcher.trouble(after + 60 * SECOND)).isNull();
  }

  @Test
  void ourOwnRegistryIsNotWatched() {
    Dispatcher dispatcher = dispatcher(new InMemorySessionRegistry());

    dispatcher.deliver(List.of(SessionRig.message(List.of("alice"), "1")));

    assertThat(dispatcher.trouble(System.nanoTime() + 60 * SECOND)).isNull();
  }
}
