package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.ConnectionState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node is ready when its health is UP, and not before. */
@Timeout(60)
class AwaitReadyTest {
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration INTERVAL = Duration.ofHours(1);
  private static final Proof PROVED =
      new Proof(INTERVAL, Optional.of(Instant.now()), Optional.of(Duration.ofMillis(1)));
  private static final BackplaneStatus UP = status(ConnectionState.UP, ConnectionState.UP, PROVED);
  private static final BackplaneStatus NOT_PUBLISHING =
      status(ConnectionState.UP, ConnectionState.DOWN, PROVED);
  private static final BackplaneStatus NOT_PROVED =
      status(
          ConnectionState.UP,
          ConnectionState.UP,
          new Proof(INTERVAL, Optional.empty(), Optional.empty()));
  private static final BackplaneStatus NOT_RECEIVING =
      status(ConnectionState.DOWN, ConnectionState.UP, PROVED);

  private final Backplane backplane = mock(Backplane.class);
  private volatile BackplaneStatus status = UP;
  private final RedisFanout node;

  AwaitReadyTest() {
    when(backplane.status()).thenAnswer(call -> status);
    when(backplane.publishTimeout()).thenReturn(Duration.ZERO);
    node = RedisFanout.builder(backplane, FanoutConfig.of("chat")).start();
  }

  @AfterEach
  void close() {
    node.close();
  }

  private static BackplaneStatus status(
      ConnectionState receiving, ConnectionState publishing, Proof proof) {
    return BackplaneStatus.builder(direction(receiving), direction(publishing))
        .proof(proof)
        .build();
  }

  private static Direction direction(ConnectionState state) {
    return new Direction(state, Instant.now(), state == ConnectionState.UP ? "" : "by the test");
  }

  @Test
  void nodeThatIsUpIsReadyAtOnce() throws Exception {
    assertThat(node.awaitReady(Duration.ZERO)).isTrue();
    assertThat(node.awaitReady(LONG)).isTrue();
  }

  @Test
  void degradedNodeIsNotReadyAndBecomesSoOnceItIsUp() throws Exception {
    for (BackplaneStatus degraded : List.of(NOT_PUBLISHING, NOT_PROVED)) {
      status = degraded;
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DEGRADED);
      assertThat(node.awaitReady(Duration.ofMillis(30))).isFalse();
      CompletableFuture<Boolean> ready = awaitReady();
      await().during(Duration.ofMillis(50)).until(() -> !ready.isDone());

      status = UP;

      assertThat(ready.get(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  private CompletableFuture<Boolean> awaitReady() {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return node.awaitReady(LONG);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void closedNodeIsNeverReadyAndSaysSoAtOnce() throws Exception {
    status = NOT_PROVED;
    CompletableFuture<Boolean> ready = awaitReady();

    node.close();

    assertThat(ready.get(20, TimeUnit.SECONDS)).isFalse();
    status = UP;
    assertThat(node.awaitReady(LONG)).isFalse();
  }

  @Test
  void nodeThatDrainsIsNeverReadyAndSaysSoAtOnceWhateverElseItIs() throws Exception {
    status = NOT_PUBLISHING;
    CompletableFuture<Boolean> ready = awaitReady();

    node.drain(Duration.ofDays(1));

    assertThat(ready.get(20, TimeUnit.SECONDS)).isFalse();
    for (BackplaneStatus any : List.of(UP, NOT_PROVED, NOT_RECEIVING)) {
      status = any;
      assertThat(node.awaitReady(LONG)).isFalse();
    }
  }
}
