package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.backplane.redis.SentinelRig.B;
import static io.github.redisfanout.backplane.redis.SentinelRig.NO_POLL;
import static io.github.redisfanout.backplane.redis.SentinelRig.master;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.internal.Threads;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.DefaultJedisClientConfig;

/** Closing a locator ends all that it has started. */
@Timeout(30)
class SentinelCloseTest {
  private SentinelRig rig;

  private SentinelRig rig(int sentinels) throws IOException {
    rig = new SentinelRig(sentinels);
    return rig;
  }

  @AfterEach
  void close() throws IOException {
    rig.close();
  }

  /** A pool has ended a moment before its last thread. */
  private static void assertNoThreads() {
    await().atMost(500, TimeUnit.MILLISECONDS).until(() -> threads().isEmpty());
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.startsWith("redis-fanout-sentinel-"))
        .toList();
  }

  @Test
  void closeEndsAllThreads() throws Exception {
    rig(3).start();
    rig.awaitQuiet();
    assertThat(threads()).contains("redis-fanout-sentinel-lookup", "redis-fanout-sentinel-events");

    long before = System.nanoTime();
    rig.locator.close();
    rig.locator.close();

    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
    assertNoThreads();
    await().until(() -> rig.sentinels.stream().allMatch(sentinel -> sentinel.clients() == 0));
    assertThatThrownBy(() -> rig.locator.locate()).hasMessage("closed");
  }

  @Test
  void closeEndsAllThreadsWhileASentinelHangs() throws Exception {
    rig(3);
    rig.sentinel(0).freeze();
    rig.start();
    await().until(() -> rig.sentinel(1).subscribers() + rig.sentinel(2).subscribers() == 2);
    rig.locator.locate();
    rig.sentinel(1).freeze();
    int doubts = rig.doubts.get();
    int asked = rig.sentinel(2).asked();
    rig.locator.lookAgain();
    await().until(() -> rig.sentinel(2).asked() > asked);

    long before = System.nanoTime();
    rig.locator.close();

    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofMillis(2_500));
    assertNoThreads();
    assertThat(rig.doubts).as("a close is no reason for a doubt").hasValue(doubts);
  }

  @Test
  void closeEndsALocateThatWaits() throws Exception {
    rig(1).sentinel(0).freeze();
    rig.start();
    Thread closing =
        new Thread(
            () -> {
              await().until(() -> rig.sentinel(0).dialled() > 0);
              rig.locator.close();
            });
    closing.start();

    assertThatThrownBy(() -> rig.locator.locate()).hasMessage("closed");
    closing.join();
  }

  @Test
  void closeBeforeStartLeavesNothing() throws Exception {
    rig(1);
    SentinelLocator locator =
        new SentinelLocator(
            ScriptedSentinel.MASTER_NAME,
            rig.addresses(),
            DefaultJedisClientConfig.builder().build(),
            NO_POLL,
            Clock.systemUTC(),
            rig);

    locator.close();
    locator.start();

    assertNoThreads();
    assertThatThrownBy(locator::locate).hasMessage("closed");
  }

  @Test
  void closeWaitsForTheCallOfTheOwner() throws Exception {
    rig(1).start();
    rig.awaitQuiet();
    CountDownLatch called = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    rig.onMaster =
        () -> {
          called.countDown();
          Threads.uninterruptibly(
              Duration.ofSeconds(5), nanos -> released.await(nanos, TimeUnit.NANOSECONDS));
        };
    rig.allName(master(B, 5));
    rig.locator.lookAgain();
    called.await();

    Thread closing = new Thread(rig.locator::close);
    closing.start();
    closing.join(300);
    assertThat(closing.isAlive()).isTrue();
    released.countDown();
    closing.join();
    assertNoThreads();
  }

  @Test
  void ownerMayCloseWhileItIsTold() throws Exception {
    rig(3).start();
    rig.awaitQuiet();
    rig.onMaster = () -> rig.locator.close();
    rig.allName(master(B, 5));

    rig.locator.lookAgain();

    await().until(() -> threads().isEmpty());
    assertThat(rig.moves).hasSize(1);
  }
}
