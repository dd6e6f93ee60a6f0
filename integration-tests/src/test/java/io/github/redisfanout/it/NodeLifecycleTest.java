package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.PublishException;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every call in every state, as the tables of docs/lifecycle.md have it. */
class NodeLifecycleTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final List<String> ALICE = List.of("alice");
  private static final RedisConfig CONFIG = RedisConfig.builder().publishTimeout(LIMIT).build();
  private static final Disconnect LOGGED_OUT = new Disconnect(4401, "logged out");

  private final FaultProxy proxy = FaultProxy.to(redis.port());
  private final List<ConnectionState> publishing = new CopyOnWriteArrayList<>();
  private final RecordingTransport bob = new RecordingTransport(); // open before the call
  private final RecordingTransport alice = new RecordingTransport(); // opened by the call
  private @Nullable RedisFanout opened; // null before a test has built it
  private Future<?> firstClose = CompletableFuture.completedFuture(null); // of the state closing
  private boolean reachable = true;
  private Duration patience = LIMIT;

  static Stream<LifecycleTable.Cell> node() throws IOException {
    return LifecycleTable.cells("A node");
  }

  static Stream<LifecycleTable.Cell> publishOnly() throws IOException {
    return LifecycleTable.cells("A node that only publishes");
  }

  @AfterEach
  void nothingIsLeft() {
    reach();
    if (opened != null) {
      opened.close();
    }
    proxy.close();
    Leftovers.assertNone(redis);
  }

  @ParameterizedTest
  @MethodSource("node")
  void nodeDoesWhatTheDocumentSays(LifecycleTable.Cell cell) throws Exception {
    patience = patienceFor(cell);
    RedisFanout node = build(builder());
    Callable<?> closing = bring(node, cell.state());

    assertThat(outcome(node, cell.call(), cell.state())).isEqualTo(cell.says());

    reach();
    closing.call();
    node.close(Duration.ZERO);
    if (!cell.state().equals("new")) {
      boolean loggedOut = cell.call().startsWith("`disconnect") && cell.says().equals("1");
      assertThat(bob.disconnects()).containsExactly(loggedOut ? LOGGED_OUT : Disconnect.GOING_AWAY);
    }
    if (cell.says().startsWith("a session")) {
      assertThat(alice.disconnects()).containsExactly(Disconnect.GOING_AWAY);
    }
    assertThat(node.counters().sessions()).isZero();
  }

  @ParameterizedTest
  @MethodSource("publishOnly")
  void publishOnlyNodeDoesWhatTheDocumentSays(LifecycleTable.Cell cell) throws Exception {
    patience = patienceFor(cell);
    RedisFanout node = build(builder().publishOnly());
    Callable<?> closing = bring(node, cell.state());

    assertThat(outcome(node, cell.call(), cell.state())).isEqualTo(cell.says());

    assertThat(redis.command("CLIENT", "LIST", "TYPE", "pubsub")).isEmpty();
    assertThat(node.sessions("bob")).isEmpty();
    assertThat(node.disconnect("bob", LOGGED_OUT)).isZero();
    reach();
    closing.call();
  }

  private RedisFanout.Builder builder() {
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onPublishing(ConnectionState state, String reason) {
            publishing.add(state);
          }
        };
    return RedisFanout.builder(
            RedisEndpoint.of("redis://127.0.0.1:" + proxy.port()), FanoutConfig.of(Nodes.CHANNEL))
        .redis(CONFIG)
        .listener(listener);
  }

  private RedisFanout build(RedisFanout.Builder builder) {
    RedisFanout node = builder.build();
    opened = node;
    return node;
  }

  /** Short where the call should wait: it is the time in which it must not end. */
  private static Duration patienceFor(LifecycleTable.Cell cell) {
    return cell.says().startsWith("waits") ? Duration.ofMillis(100) : LIMIT;
  }

  // ---- states

  private Callable<?> bring(RedisFanout node, String state) throws Exception {
    if (state.equals("new")) {
      return () -> null;
    }
    if (state.equals("connecting")) {
      lose();
    }
    node.start();
    openBob(node);
    if (!state.equals("connecting")) {
      assertThat(node.awaitReady(LIMIT)).isTrue();
    }
    switch (state) {
      case "connecting", "up" -> {}
      case "down" -> {
        lose();
        findOut(node);
      }
      case "closing" -> {
        return closeWhileAMessageWaits(node);
      }
      case "closed" -> node.close(Duration.ZERO);
      default -> throw new AssertionError(state);
    }
    return () -> null;
  }

  private void openBob(RedisFanout node) {
    try {
      node.open("bob", bob);
    } catch (IllegalStateException e) {
      assertThat(e).hasMessage("open: the node only publishes");
    }
  }

  /**
   * Waits until both directions are known to be down.
   *
   * <p>A node that only publishes has no heartbeats: it learns of a lost connection when it tries
   * to publish. Here that message waits, so its own fate does not matter.
   */
  private void findOut(RedisFanout node) {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              if (!publishing.contains(ConnectionState.DOWN)) {
                node.publisher().publish(ALICE, "probe").cancel(false);
              }
              return publishing.contains(ConnectionState.DOWN)
                  && node.health().status() == FanoutHealth.Status.DOWN;
            });
  }

  /** Redis does not answer, so that a message waits; what is returned ends the closing. */
  private Callable<?> closeWhileAMessageWaits(RedisFanout node) throws Exception {
    proxy.stall(FaultProxy.Direction.BOTH);
    reachable = false;
    CompletableFuture<Receipt> held = node.publisher().publish(ALICE, "held");
    FutureTask<?> closing = inAThread(() -> node.close(HOUR));
    firstClose = closing;
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> node.publisher().publish(ALICE, "probe").isCompletedExceptionally());
    assertThat(closing.isDone()).isFalse();
    return () -> {
      closing.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      assertThat(held.get(LIMIT.toSeconds(), TimeUnit.SECONDS).recipients()).isEqualTo(1);
      return null;
    };
  }

  private void lose() {
    proxy.refuse();
    reachable = false;
  }

  private void reach() {
    proxy.resume();
    if (!reachable) {
      proxy.accept();
    }
    reachable = true;
  }

  // ---- calls

  private String outcome(RedisFanout node, String call, String state) throws Exception {
    return switch (call) {
      case "`start()`" -> thrownOr("starts", node::start);
      case "`awaitReady(0)`" -> String.valueOf(node.awaitReady(Duration.ZERO));
      case "`awaitReady(1 h)`" -> awaitReady(node);
      case "`open(user, transport)`" -> open(node);
      case "`publish(users, payload)`" -> publish(node.publisher());
      case "`health().status()`" -> node.health().status().name();
      case "`sessions` of `counters()` and `sessions(user)`" -> {
        assertThat(node.counters().sessions()).isEqualTo(node.sessions("bob").size());
        yield String.valueOf(node.sessions("bob").size());
      }
      case "`disconnect(user, why)`" -> String.valueOf(node.disconnect("bob", LOGGED_OUT));
      case "`nodes(deadline)`" -> nodes(node, state);
      case "`drain(0)`, then `health()` says" -> {
        node.drain(Duration.ZERO).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(node.counters().sessions()).isZero();
        yield node.health().status().name();
      }
      case "`close(0)`" -> close(node, Duration.ZERO, state);
      case "`close(1 h)`" -> close(node, HOUR, state);
      default -> throw new AssertionError(call);
    };
  }

  private static String thrownOr(String otherwise, Runnable call) {
    try {
      call.run();
      return otherwise;
    } catch (IllegalStateException e) {
      return "throws `" + e.getMessage() + "`";
    }
  }

  private String awaitReady(RedisFanout node) throws Exception {
    FutureTask<Boolean> waiting = new FutureTask<>(() -> node.awaitReady(HOUR));
    new Thread(waiting, "waiting").start();
    if (endsAtOnce(waiting)) {
      return waiting.get().toString();
    }
    node.close(Duration.ZERO);
    assertThat(waiting.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isFalse();
    return "waits";
  }

  private String open(RedisFanout node) {
    String thrown = thrownOr("", () -> node.open("alice", alice));
    if (!thrown.isEmpty()) {
      return thrown;
    }
    return alice.disconnects().isEmpty() ? "a session" : "a session, closed with 1001";
  }

  private String publish(Publisher publisher) throws Exception {
    CompletableFuture<Receipt> future = publisher.publish(ALICE, 1);
    String waited = "";
    try {
      if (!endsAtOnce(future)) {
        waited = "waits, then ";
        reach();
      }
      future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      return waited + "a receipt";
    } catch (ExecutionException e) {
      PublishException failure = (PublishException) e.getCause();
      return waited + failure.failure() + " `" + failure.getCause().getMessage() + "`";
    }
  }

  private static String nodes(RedisFanout node, String state) throws Exception {
    boolean waits = state.equals("connecting") || state.equals("down");
    Duration deadline = waits ? Duration.ofMillis(300) : HOUR;
    // Nodes of other tests that were closed while they were down are named for a while.
    redis.command("DEL", Nodes.CHANNEL + ":redis-fanout:nodes");
    CompletableFuture<io.github.redisfanout.Nodes> asked;
    long start = System.nanoTime();
    try {
      asked = node.nodes(deadline);
    } catch (IllegalStateException e) {
      return "throws `" + e.getMessage() + "`";
    }
    var nodes = asked.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    String when =
        waits && System.nanoTime() - start >= deadline.toNanos() ? "at the deadline: " : "";
    if (nodes.answers().isEmpty()) {
      assertThat(nodes.knowsMissing()).isFalse();
      assertThat(nodes.reason()).isNotEmpty();
      return when + "no answer, and why";
    }
    assertThat(nodes.answers().get(0).id()).isEqualTo(node.nodeId());
    return when + "its own answer";
  }

  private String close(RedisFanout node, Duration limit, String state) throws Exception {
    FutureTask<?> closing = inAThread(() -> node.close(limit));
    if (!endsAtOnce(closing)) {
      return "waits for the first";
    }
    closing.get();
    if (state.equals("closed")) {
      return "nothing";
    }
    if (state.equals("closing")) {
      return firstClose.isDone() ? "closes" : "leaves it to the first";
    }
    Leftovers.assertNone(redis);
    return "closes";
  }

  private static FutureTask<?> inAThread(Runnable call) {
    FutureTask<?> task = new FutureTask<>(call, null);
    new Thread(task, "closing").start();
    return task;
  }

  private boolean endsAtOnce(Future<?> future) throws InterruptedException {
    try {
      future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      // The caller looks at it.
    } catch (TimeoutException e) {
      return false;
    }
    return true;
  }
}
