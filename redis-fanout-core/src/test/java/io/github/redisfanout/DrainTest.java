package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.InMemoryBackplane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A node is emptied before it is shut down. */
class DrainTest {
  private final RedisFanout node =
      RedisFanout.builder(new InMemoryBackplane(), FanoutConfig.of("chat")).build();
  private final CountDownLatch release = new CountDownLatch(1);

  @BeforeEach
  void start() throws Exception {
    node.start();
    assertThat(node.awaitReady(Duration.ofSeconds(10))).isTrue();
  }

  @AfterEach
  void close() {
    release.countDown();
    node.close();
  }

  private List<FanoutSession> open(int sessions) {
    return Stream.generate(() -> node.open("alice", new FakeTransport())).limit(sessions).toList();
  }

  private static void awaitDone(CompletableFuture<?> future) throws Exception {
    future.get(20, TimeUnit.SECONDS);
  }

  @Test
  void sessionsAreClosedOneAfterTheOther() throws Exception {
    open(100);
    List<Integer> left = new ArrayList<>();

    CompletableFuture<?> drained = node.drain(Duration.ofMillis(1_000));

    await()
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              left.add(node.counters().sessions());
              return drained.isDone();
            });
    assertThat(node.counters().sessions()).isZero();
    assertThat(node.counters().disconnects()).containsEntry(1001, 100L);
    // However the machine stutters, not all at once.
    assertThat(left.stream().distinct().filter(n -> n > 0 && n < 100).count()).isGreaterThan(5);
  }

  @Test
  void noSpreadClosesAllAtOnce() throws Exception {
    List<FanoutSession> sessions = open(10);

    awaitDone(node.drain(Duration.ZERO));

    assertThat(sessions).noneMatch(FanoutSession::isOpen);
  }

  @Test
  void nodeThatDrainsSaysSoAndTakesNoSessions() throws Exception {
    open(3);

    CompletableFuture<?> drained = node.drain(Duration.ofDays(1));

    FanoutHealth health = node.health();
    assertThat(health.status()).isEqualTo(FanoutHealth.Status.DRAINING);
    assertThat(health.reason()).isEqualTo("draining: 3 sessions left");
    FakeTransport late = new FakeTransport();
    assertThat(node.open("bob", late).isOpen()).isFalse();
    await().until(() -> late.closes.equals(List.of(Disconnect.GOING_AWAY)));
    assertThat(node.counters().sessions()).isEqualTo(3);
    assertThat(drained).isNotDone();
    node.close();
    awaitDone(drained);
    assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DOWN);
  }

  @Test
  void nodeThatDrainsStillDelivers() throws Exception {
    FakeTransport alice = new FakeTransport();
    node.open("alice", alice);
    node.drain(Duration.ofDays(1));

    node.publisher().publishAndWait(List.of("alice"), 1, Duration.ofSeconds(10));

    await().until(() -> alice.texts().equals(List.of("1")));
  }

  @Test
  @Tag("full") // it takes seconds
  void sessionWithMessagesToReceiveIsClosedLast() throws Exception {
    FakeTransport slow = FakeTransport.holding();
    FanoutSession receiving = node.open("slow", slow);
    receiving.send(1);
    await().until(() -> slow.held.size() == 1);
    List<FanoutSession> idle = open(20);

    CompletableFuture<?> drained = node.drain(Duration.ofMillis(2_500));

    // Some time before the end, when all are closed, for machines that are busy.
    await()
        .until(
            () -> idle.stream().filter(FanoutSession::isOpen).count() <= 3 || !receiving.isOpen());
    assertThat(receiving.isOpen()).isTrue();
    slow.held.get(0).ok();
    awaitDone(drained);
    assertThat(receiving.isOpen()).isFalse();
    assertThat(node.counters().delivered()).isOne();
    assertThat(node.counters().dropped().get(DropReason.SESSION_CLOSED)).isZero();
  }

  @Test
  void sessionThatNeverFinishesIsClosedWhenTheTimeIsOver() throws Exception {
    FanoutSession stuck = node.open("stuck", FakeTransport.holding());
    stuck.send(1);

    awaitDone(node.drain(Duration.ofMillis(100)));

    assertThat(stuck.isOpen()).isFalse();
    assertThat(node.counters().dropped().get(DropReason.SESSION_CLOSED)).isOne();
  }

  @Test
  void secondDrainChangesNothing() throws Exception {
    FanoutSession session = open(1).get(0);
    CompletableFuture<?> first = node.drain(Duration.ofDays(1));

    CompletableFuture<?> second = node.drain(Duration.ZERO);
    second.cancel(true);

    assertThat(session.isOpen()).isTrue();
    assertThat(first).isNotDone();
  }

  @Test
  void nodeWhoseClientsHaveAllLeftIsDrained() throws Exception {
    List<FanoutSession> sessions = open(3);
    CompletableFuture<?> drained = node.drain(Duration.ofDays(1));

    sessions.forEach(session -> session.clientLeft());

    awaitDone(drained);
    assertThat(node.counters().disconnects()).isEmpty();
  }

  @Test
  void closedNodeIsDrainedAtOnce() throws Exception {
    node.close();

    awaitDone(node.drain(Duration.ofDays(1)));
  }

  @Test
  void timeOutOfBoundsIsRefusedAndChangesNothing() {
    for (String bad : new String[] {"PT-0.001S", "PT576H0.001S"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> node.drain(Duration.parse(bad)))
          .withMessage("spread must be 0 to 24 days: " + bad);
    }
    assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.UP);
    assertThat(open(1).get(0).isOpen()).isTrue();
  }
}
