package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.PublishException;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Subscriber;
import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
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
  private static final FanoutConfig CONFIG =
      FanoutConfig.builder()
          .lanes(1)
          .closeTimeout(LIMIT)
          .backplane(
              BackplaneConfig.builder()
                  .publishTimeout(LIMIT)
                  .maxBackoff(Duration.ofMillis(100))
                  .build())
          .build();

  private final FaultProxy proxy = FaultProxy.to(redis.port());
  private final RecordingTransport bob = new RecordingTransport(); // open before the call
  private final RecordingTransport alice = new RecordingTransport(); // opened by the call
  private AutoCloseable opened = () -> {};
  private boolean reachable = true;
  private Duration patience = LIMIT;

  static Stream<LifecycleTable.Cell> node() throws IOException {
    return LifecycleTable.cells("A node");
  }

  static Stream<LifecycleTable.Cell> publisherAlone() throws IOException {
    return LifecycleTable.cells("A publisher alone");
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    reach();
    opened.close();
    proxy.close();
    Leftovers.assertNone(redis);
  }

  @ParameterizedTest
  @MethodSource("node")
  void nodeDoesWhatTheDocumentSays(LifecycleTable.Cell cell) throws Exception {
    patience = patienceFor(cell);
    RedisFanout node =
        RedisFanout.builder(RedisEndpoint.of("redis://127.0.0.1:" + proxy.port()))
            .config(CONFIG)
            .build();
    opened = node;
    Callable<?> closing = bring(node, cell.state());

    assertThat(outcome(node, cell.call())).isEqualTo(cell.says());

    reach();
    closing.call();
    node.close(Duration.ZERO);
    assertThat(node.subscriber().state()).isEqualTo(Subscriber.State.CLOSED);
    if (!cell.state().equals("new")) {
      assertThat(bob.disconnects()).containsExactly(Disconnect.GOING_AWAY);
    }
    if (cell.says().startsWith("a session")) {
      assertThat(alice.disconnects()).containsExactly(Disconnect.GOING_AWAY);
    }
    assertThat(node.counters().sessions()).isZero();
  }

  @ParameterizedTest
  @MethodSource("publisherAlone")
  void publisherAloneDoesWhatTheDocumentSays(LifecycleTable.Cell cell) throws Exception {
    patience = patienceFor(cell);
    if (cell.state().equals("connecting")) {
      lose();
    }
    Publisher publisher = RedisFanout.publisher("redis://127.0.0.1:" + proxy.port(), CONFIG);
    opened = publisher;
    Callable<?> closing = () -> null;
    switch (cell.state()) {
      case "connecting" -> {}
      case "connected" -> connect(publisher);
      case "reconnecting" -> {
        connect(publisher);
        lose();
        findOut(publisher);
      }
      case "closing" -> {
        connect(publisher);
        closing = closeWhileAMessageWaits(publisher, publisher::close);
      }
      case "closed" -> publisher.close();
      default -> throw new AssertionError(cell.state());
    }

    assertThat(outcome(publisher, cell.call(), cell.state())).isEqualTo(cell.says());

    reach();
    closing.call();
    publisher.close();
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
    node.open("bob", bob);
    if (!state.equals("connecting")) {
      assertThat(node.awaitReady(LIMIT)).isTrue();
      awaitState(node, Subscriber.State.SUBSCRIBED);
      connect(node.publisher());
      awaitProof(node);
    }
    switch (state) {
      case "connecting", "subscribed" -> {}
      case "reconnecting" -> {
        lose();
        awaitState(node, Subscriber.State.RECONNECTING);
      }
      case "closing" -> {
        return closeWhileAMessageWaits(node.publisher(), () -> node.close(HOUR));
      }
      case "closed" -> node.close(Duration.ZERO);
      default -> throw new AssertionError(state);
    }
    return () -> null;
  }

  private static void awaitState(RedisFanout node, Subscriber.State state) {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> node.subscriber().state() == state);
  }

  /** Until its first probe is back a node is subscribed, and not yet UP. */
  private static void awaitProof(RedisFanout node) {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> node.health().status() == FanoutHealth.Status.UP);
  }

  private static void connect(Publisher publisher) throws InterruptedException {
    publisher.publishAndWait(List.of("nobody"), 1, LIMIT);
  }

  /** An idle publisher learns of a lost connection from the next message, whose fate is unknown. */
  private static void findOut(Publisher publisher) {
    try {
      publisher.publishAndWait(List.of("nobody"), 1, Duration.ofMillis(200));
    } catch (PublishException | InterruptedException e) {
      assertThat(e).isInstanceOf(PublishException.class);
    }
  }

  /** Nothing waits when Redis answers, so it does not; what is returned ends the closing. */
  private Callable<?> closeWhileAMessageWaits(Publisher publisher, Runnable close)
      throws Exception {
    proxy.stall(FaultProxy.Direction.BOTH);
    reachable = false;
    CompletableFuture<Receipt> held = publisher.publish(ALICE, "held");
    FutureTask<?> closing = inAThread(close);
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> publisher.publish(ALICE, "probe").isCompletedExceptionally());
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

  private String outcome(RedisFanout node, String call) throws Exception {
    return switch (call) {
      case "`start()`" -> thrownOr("starts", node::start);
      case "`awaitReady(0)`" -> String.valueOf(node.awaitReady(Duration.ZERO));
      case "`awaitReady(1 h)`" -> awaitReady(node);
      case "`open(user, transport)`" -> open(node);
      case "`publish(users, payload)`" -> publish(node.publisher());
      case "`state()`" -> node.subscriber().state().name();
      case "`health().status()`" -> node.health().status().name();
      case "`sessions` of `counters()` and `registry()`" -> {
        assertThat(node.counters().sessions()).isEqualTo(node.registry().sessionCount());
        yield String.valueOf(node.registry().sessionCount());
      }
      case "`drain(0)`, then `health()` says" -> {
        node.drain(Duration.ZERO).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(node.counters().sessions()).isZero();
        yield node.health().status().name();
      }
      case "`close(0)`" -> close(node, Duration.ZERO);
      case "`close(1 h)`" -> close(node, HOUR);
      default -> throw new AssertionError(call);
    };
  }

  private String outcome(Publisher publisher, String call, String state) throws Exception {
    return switch (call) {
      case "`publish(users, payload)`" -> publish(publisher);
      case "`counters()`" -> {
        assertThat(publisher.counters().sessions()).isZero();
        yield "answers";
      }
      case "`close()`" -> {
        boolean closed = state.equals("closed");
        FutureTask<?> closing = inAThread(publisher::close);
        if (!endsAtOnce(closing)) {
          yield "waits for the first";
        }
        closing.get();
        yield closed ? "nothing" : "closes";
      }
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
    return alice.disconnects().isEmpty() ? "a session" : "a session, told 1001";
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
      return waited + failure.outcome() + " `" + failure.getCause().getMessage() + "`";
    }
  }

  private String close(RedisFanout node, Duration limit) throws Exception {
    boolean closed = node.subscriber().state() == Subscriber.State.CLOSED;
    FutureTask<?> closing = inAThread(() -> node.close(limit));
    if (!endsAtOnce(closing)) {
      return "waits for the first";
    }
    closing.get();
    if (closed) {
      return "nothing";
    }
    return node.subscriber().state() == Subscriber.State.CLOSED
        ? "closes"
        : "leaves it to the first";
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
