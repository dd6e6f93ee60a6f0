package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneListener;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.InMemoryBackplane;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mockito.ArgumentCaptor;

/** A node of a process without sessions: it publishes, and can be watched like every node. */
@Timeout(60)
class PublishOnlyTest {
  private static final FanoutConfig CONFIG = FanoutConfig.of("chat");
  private static final Duration LONG = Duration.ofMinutes(10);

  private final List<String> story = new CopyOnWriteArrayList<>();
  private final FanoutListener listener =
      new FanoutListener() {
        @Override
        public void onReceiving(ConnectionState state, String reason) {
          story.add("receiving " + state);
        }

        @Override
        public void onPublishing(ConnectionState state, String reason) {
          story.add(state + (reason.isEmpty() ? "" : " " + reason));
        }
      };

  private static BackplaneStatus publishing(ConnectionState state, String reason) {
    return BackplaneStatus.builder(
            new Direction(ConnectionState.IDLE, Instant.now(), "publishing only"),
            new Direction(state, Instant.now(), reason))
        .build();
  }

  @Test
  void nothingIsStartedForReceiving() {
    Backplane backplane = mock(Backplane.class);
    when(backplane.publishTimeout()).thenReturn(Duration.ZERO);
    when(backplane.status()).thenReturn(publishing(ConnectionState.UP, ""));

    RedisFanout node = RedisFanout.builder(backplane, CONFIG).publishOnly().start();
    node.close();

    verify(backplane).startPublishing(any());
    verify(backplane, never()).start(any());
    verify(backplane, never()).subscribe(any());
    verify(backplane, never()).unsubscribe(any());
    verify(backplane, never()).close(any());
  }

  @Test
  void healthReadinessAndListenerFollowPublishing() throws Exception {
    Backplane backplane = mock(Backplane.class);
    when(backplane.publishTimeout()).thenReturn(Duration.ZERO);
    when(backplane.status()).thenReturn(publishing(ConnectionState.CONNECTING, "connecting"));
    RedisFanout node =
        RedisFanout.builder(backplane, CONFIG).publishOnly().listener(listener).start();
    ArgumentCaptor<BackplaneListener> onStatus = ArgumentCaptor.forClass(BackplaneListener.class);
    verify(backplane).startPublishing(onStatus.capture());

    assertThat(node.health()).hasToString("DOWN (not publishing: connecting)");
    assertThat(node.awaitReady(Duration.ofMillis(20))).isFalse();
    report(backplane, onStatus.getValue(), publishing(ConnectionState.UP, ""));
    assertThat(node.health()).hasToString("UP");
    assertThat(node.awaitReady(LONG)).isTrue();
    report(backplane, onStatus.getValue(), publishing(ConnectionState.DOWN, "reset"));
    report(backplane, onStatus.getValue(), publishing(ConnectionState.DOWN, "refused"));
    assertThat(node.health()).hasToString("DOWN (not publishing: refused)");
    assertThat(node.awaitReady(Duration.ZERO)).isFalse();

    await().untilAsserted(() -> assertThat(story).containsExactly("UP", "DOWN reset"));
    node.close();
  }

  private static void report(
      Backplane backplane, BackplaneListener listener, BackplaneStatus status) {
    when(backplane.status()).thenReturn(status);
    listener.onStatus(status);
  }

  @Test
  void nodeThatOnlyPublishesReachesOtherNodesAndHasNoSessions() throws Exception {
    InMemoryBackplane.Hub hub = new InMemoryBackplane.Hub();
    InMemoryBackplane there = new InMemoryBackplane(hub);
    InMemoryBackplane here = new InMemoryBackplane(hub);
    FakeTransport alice = new FakeTransport();
    try (RedisFanout other = RedisFanout.builder(there, CONFIG).start();
        RedisFanout node =
            RedisFanout.builder(here, CONFIG).publishOnly().listener(listener).start()) {
      other.open("alice", alice);
      assertThat(node.awaitReady(LONG)).isTrue();

      Receipt receipt = node.publisher().publishAndWait(List.of("alice"), 1, LONG);

      assertThat(receipt.nodes()).as("it does not receive itself").isEqualTo(1);
      await().until(() -> alice.texts().equals(List.of("1")));
      assertThat(node.counters().published()).isEqualTo(1);
      assertThatThrownBy(() -> node.open("alice", new FakeTransport()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("open: the node only publishes");
      assertThat(node.sessions("alice")).isEmpty();
      assertThat(node.disconnect("alice", Disconnect.NOT_ALLOWED)).isZero();
      assertThat(alice.closes).isEmpty();
      assertThat(node.drain(Duration.ZERO)).isCompleted();
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.UP);
    }
    await().untilAsserted(() -> assertThat(story).containsExactly("UP"));
    here.close();
    there.close();
  }

  @Test
  void encoderAndExecutorMayBeTheApplicationsOwn() throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor(task -> new Thread(task, "mine"));
    try (InMemoryBackplane backplane = new InMemoryBackplane();
        RedisFanout node =
            RedisFanout.builder(backplane, CONFIG)
                .publishOnly()
                .payloadEncoder(payload -> "\"encoded\"".getBytes(StandardCharsets.UTF_8))
                .callbackExecutor(executor)
                .start()) {
      CompletableFuture<String> thread =
          node.publisher()
              .publish(List.of("alice"), new Object())
              .thenApplyAsync(receipt -> Thread.currentThread().getName(), executor);

      assertThat(thread.get(20, TimeUnit.SECONDS)).isEqualTo("mine");
      node.close();
      assertThat(executor.isShutdown()).as("it is not the node's").isFalse();
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void closedNodeIsDownAndRejects() throws Exception {
    try (InMemoryBackplane backplane = new InMemoryBackplane()) {
      RedisFanout node = RedisFanout.builder(backplane, CONFIG).publishOnly().start();
      assertThat(node.awaitReady(LONG)).isTrue();

      assertThat(node.close(Duration.ofSeconds(1)).isComplete()).isTrue();
      node.close();

      assertThat(node.health()).hasToString("DOWN (not publishing: closed)");
      assertThat(node.awaitReady(LONG)).isFalse();
      assertThatThrownBy(() -> node.publisher().publishAndWait(List.of("alice"), 1, LONG))
          .isInstanceOf(PublishException.class)
          .hasMessage("publish REJECTED: the node is closed");
      assertThatThrownBy(node::start)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("start: the node was closed before");
      assertThat(backplane.status().publishing().state()).isEqualTo(ConnectionState.UP);
    }
  }

  @Test
  void hasNoSessionsAndRefusesWhatIsNoUserId() {
    try (RedisFanout node =
        RedisFanout.builder(new InMemoryBackplane(), FanoutConfig.of("chat"))
            .publishOnly()
            .start()) {
      assertThat(node.sessions("alice")).isEmpty();
      assertThat(node.disconnect("alice", Disconnect.NOT_ALLOWED)).isZero();
      assertThatIllegalArgumentException().isThrownBy(() -> node.sessions(""));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> node.disconnect("", Disconnect.NOT_ALLOWED));
    }
  }
}
