package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.InMemoryBackplane;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The life of a node, without Redis. */
class RedisFanoutTest {
  private static final FanoutConfig CONFIG = FanoutConfig.of("chat");
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final InMemoryBackplane backplane = new InMemoryBackplane();
  private final RedisFanout node = RedisFanout.builder(backplane, CONFIG).build();

  @AfterEach
  void close() {
    node.close();
    backplane.close();
  }

  private static RedisFanout started(RedisFanout fanout) throws InterruptedException {
    fanout.start();
    assertThat(fanout.awaitReady(LIMIT)).isTrue();
    return fanout;
  }

  @Test
  void nodeReceivesWhatItPublishes() throws Exception {
    started(node);
    FakeTransport alice = new FakeTransport();
    node.open("alice", alice);

    Receipt receipt = node.publisher().publishAndWait(List.of("alice"), "hello", LIMIT);

    assertThat(receipt).returns(1, Receipt::recipients).returns(1L, Receipt::nodes);
    await().until(() -> alice.texts().equals(List.of("\"hello\"")));
    assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.UP);
    assertThat(node.counters().published()).isEqualTo(1);
    assertThat(node.counters().delivered()).isEqualTo(1);
  }

  @Test
  void startIsRefusedTheSecondTimeAndTheNodeGoesOn() throws Exception {
    started(node);

    assertThatThrownBy(node::start).isInstanceOf(IllegalStateException.class);

    node.publisher().publishAndWait(List.of("alice"), 1, LIMIT);
    assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.UP);
  }

  @Test
  void closeBeforeStartIsFinal() {
    node.close();

    assertThatThrownBy(node::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("start: the node was closed before");
    assertThat(backplane.status().publishing().state()).isEqualTo(ConnectionState.IDLE);
  }

  @Test
  void closeTwiceAndWithoutEndIsAllowedAndTheGivenBackplaneStaysOpen() throws Exception {
    started(node);

    node.close(ChronoUnit.FOREVER.getDuration());
    node.close(Duration.ofSeconds(-1));

    assertThat(backplane.status().publishing().state()).isEqualTo(ConnectionState.UP);
    assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DOWN);
    assertThat(node.health().reason()).isEqualTo("not receiving: closed");
  }

  @Test
  void nodeThatCannotStartLeavesNoThread() throws Exception {
    started(node);
    long before = ours();

    assertThatThrownBy(() -> RedisFanout.builder(backplane, CONFIG).start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("started or closed before");

    await().until(() -> ours() <= before);
  }

  @Test
  void manyThreadsMayCloseAtTheSameTime() throws Exception {
    started(node);
    FakeTransport alice = new FakeTransport();
    node.open("alice", alice);
    List<Throwable> thrown = new CopyOnWriteArrayList<>();
    List<Thread> closing = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Thread thread = new Thread(node::close);
      thread.setUncaughtExceptionHandler((t, e) -> thrown.add(e));
      thread.start();
      closing.add(thread);
    }
    for (Thread thread : closing) {
      thread.join(LIMIT.toMillis());
      assertThat(thread.isAlive()).isFalse();
    }

    assertThat(thrown).isEmpty();
    assertThat(alice.closes).containsExactly(Disconnect.GOING_AWAY);
  }

  @Test
  void startAndCloseMayMeet() throws Exception {
    for (int round = 0; round < 100; round++) {
      try (InMemoryBackplane own = new InMemoryBackplane()) {
        RedisFanout racing = RedisFanout.builder(own, CONFIG).build();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread starting = new Thread(racing::start);
        starting.setUncaughtExceptionHandler((t, e) -> thrown.set(e));
        starting.start();
        racing.close();
        starting.join(LIMIT.toMillis());

        assertThat(racing.health().reason()).isEqualTo("not receiving: closed");
        if (thrown.get() != null) {
          assertThat(thrown.get())
              .hasMessageMatching("start: the (node|subscriber) was closed before");
        }
      }
    }
    await().until(() -> ours() == 0);
  }

  @Test
  void listenerMayCloseTheNode() throws Exception {
    AtomicReference<RedisFanout> self = new AtomicReference<>();
    CountDownLatch closed = new CountDownLatch(1);
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onDisconnect(FanoutSession session, Disconnect why) {
            self.get().close();
            closed.countDown();
          }
        };
    RedisFanout closing = RedisFanout.builder(backplane, CONFIG).listener(listener).build();
    self.set(closing);
    FanoutSession session = started(closing).open("alice", new FakeTransport());

    session.disconnect(Disconnect.NOT_ALLOWED);

    assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    await().until(() -> ours() <= 1); // the backplane's own
  }

  @Test
  void transportMayCloseTheNodeInsideAWriteAndWhenItIsClosed() throws Exception {
    started(node);
    CountDownLatch closed = new CountDownLatch(2);
    FakeTransport closing =
        new FakeTransport() {
          @Override
          public void write(Payload payload, WriteCallback done) throws Exception {
            node.close();
            closed.countDown();
            super.write(payload, done);
          }

          @Override
          public void close(Disconnect why, boolean force) {
            node.close();
            closed.countDown();
          }
        };
    node.open("alice", closing).send(1);

    assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(node.counters().pending()).isZero();
    await().until(() -> ours() <= 1);
  }

  private static long ours() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("redis-fanout-"))
        .count();
  }
}
