package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.Gap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Much at once: the reading thread, here the test's own, never waits, and bounds hold. */
@Timeout(120)
class DeliveryLoadTest {
  private static final int MANY = 100_000;
  private static final Duration SHORT = Duration.ofNanos(100_000);

  private SessionRig rig = new SessionRig();
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    rig.close();
  }

  private void configure(FanoutConfig.Builder config) {
    rig.close();
    rig = new SessionRig(config.build());
  }

  /** Counts what it gets, and keeps nothing of it. */
  private static class CountingTransport implements Transport {
    final AtomicInteger writes = new AtomicInteger();

    @Override
    public void write(Payload payload, WriteCallback done) {
      writes.incrementAndGet();
      done.ok();
    }

    @Override
    public void close(Disconnect why, boolean force) {}
  }

  @Test
  void oneMessageReachesHundredThousandSessionsOfOneUserOnceEach() {
    configure(FanoutConfig.builder("chat").lanes(2));
    List<CountingTransport> clients = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      clients.add(new CountingTransport());
      rig.open(clients.get(i));
    }

    rig.deliver(List.of("alice"), "1");

    await().until(() -> rig.counts().delivered() == MANY);
    rig.awaitLanes();
    assertThat(clients).allMatch(client -> client.writes.get() == 1);
    assertThat(rig.counts().dropped().values()).containsOnly(0L);
    assertThat(rig.gaps).isEmpty();
  }

  @Test
  void oneMessageReachesTheSessionsOfHundredThousandUsersOnceEach() {
    configure(FanoutConfig.builder("chat").lanes(2));
    List<CountingTransport> clients = new ArrayList<>();
    List<String> users = IntStream.range(0, MANY).mapToObj(i -> "user_" + i).toList();
    for (String user : users) {
      clients.add(new CountingTransport());
      rig.open(user, clients.get(clients.size() - 1));
    }

    rig.deliver(users, "1");

    await().until(() -> rig.counts().delivered() == MANY);
    rig.awaitLanes();
    assertThat(clients).allMatch(client -> client.writes.get() == 1);
    rig.close();
    assertThat(rig.counts().sessions()).isZero();
    assertThat(rig.registry.sessionCount()).isZero();
  }

  @Test
  void burstOfHundredThousandMessagesToOneSessionIsDeliveredInOrder() {
    configure(SessionRig.config().deliveryBufferBytes(64 << 20));
    AtomicInteger next = new AtomicInteger();
    rig.open(
        new CountingTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) {
            assertThat(payload.text()).isEqualTo("" + next.getAndIncrement());
            super.write(payload, done);
          }
        });

    for (int i = 0; i < MANY; i++) {
      rig.deliver(List.of("alice"), "" + i);
    }

    await().until(() -> rig.counts().delivered() == MANY);
    assertThat(rig.counts().userCodeFailures()).isZero();
    assertThat(rig.counts().disconnects()).isEmpty();
  }

  @Test
  void burstThatASlowClientCannotFollowIsAddedUpExactly() throws Exception {
    configure(
        SessionRig.config()
            .overflowPolicy(OverflowPolicy.DROP_OLDEST)
            .sessionQueueMessages(10)
            .deliveryBufferBytes(MANY));
    ExecutorService client = Executors.newSingleThreadExecutor();
    rig.open(
        new CountingTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) {
            client.execute(done::ok);
          }
        });

    for (int i = 0; i < MANY; i++) {
      rig.deliver(List.of("alice"), "" + i);
    }
    rig.awaitLanes();
    await().until(() -> rig.counts().pending() == 0);
    client.shutdown();

    assertThat(client.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    assertThat(rig.dropped(DropReason.LANE_FULL) + rig.counts().queued()).isEqualTo(MANY);
    assertThat(rig.counts().delivered() + rig.dropped(DropReason.QUEUE_FULL))
        .isEqualTo(rig.counts().queued());
  }

  @Test
  void blockedLaneHoldsNoMoreThanItsBytesAndDelaysNobodyOnOthers() throws Exception {
    int size = Dispatcher.MESSAGE_BYTES + LaneDelivery.ENTRY_BYTES + 1;
    configure(FanoutConfig.builder("chat").lanes(2).deliveryBufferBytes(2L * 100 * size));
    FanoutSession stuck = rig.open(FakeTransport.blocking(entered, release));
    rig.deliver(List.of("alice"), "0");
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
    CountingTransport other = new CountingTransport();
    FanoutSession free = rig.open("bob", other);
    while (free.laneNumber() == stuck.laneNumber()) { // sessions choose their lane at random
      free.clientLeft();
      free = rig.open("bob", other);
    }

    for (int i = 0; i < MANY; i += 50) {
      for (int j = 0; j < 50; j++) { // half of what the free lane can hold
        rig.deliver(List.of("alice", "bob"), "1");
      }
      int soFar = i + 50;
      await().pollDelay(Duration.ZERO).pollInterval(SHORT).until(() -> other.writes.get() == soFar);
    }

    assertThat(rig.dropped(DropReason.LANE_FULL)).isEqualTo(MANY - 99); // and one in its write
    assertThat(rig.counts().queued()).isEqualTo(MANY + 100);
    release.countDown();
    await().until(() -> rig.counts().delivered() == MANY + 100);
  }

  @Test
  void overloadIsReportedWhileTheLaneIsStillStuckAndAgainWhileItLasts() throws Exception {
    configure(SessionRig.config().deliveryBufferBytes(1));
    rig.open(FakeTransport.blocking(entered, release));
    rig.deliver(List.of("alice"), "0");
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

    rig.deliver(List.of("alice"), "1");
    await().until(() -> rig.gaps.size() == 1);
    rig.deliver(List.of("alice"), "2");
    await().until(() -> rig.gaps.size() == 2);

    assertThat(rig.gaps).extracting(Gap::cause).containsOnly(Gap.Cause.OVERLOAD);
    assertThat(rig.gaps.get(0).until()).isBeforeOrEqualTo(rig.gaps.get(1).from());
    assertThat(rig.counts().gaps()).isEqualTo(2);
    assertThat(rig.dropped(DropReason.LANE_FULL)).isEqualTo(2);
  }

  @Test
  void overloadOfTheLastMomentIsReportedWhenTheNodeCloses() throws Exception {
    configure(SessionRig.config().deliveryBufferBytes(1));
    rig.open(FakeTransport.blocking(entered, release));
    rig.deliver(List.of("alice"), "0");
    assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
    rig.deliver(List.of("alice"), "1");

    release.countDown();
    rig.close();

    assertThat(rig.gaps).hasSize(1);
  }
}
