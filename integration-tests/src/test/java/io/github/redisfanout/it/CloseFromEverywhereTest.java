package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.JacksonPayloadEncoder;
import io.github.redisfanout.Payload;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.WriteCallback;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A node may be closed anywhere and at any time: nothing is thrown, and nothing is left. */
class CloseFromEverywhereTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();
  private static final List<String> ALICE = List.of("alice");

  private enum Place {
    LISTENER,
    CALLBACK_OF_A_PUBLISH,
    TRANSPORT_WRITE,
    TRANSPORT_CLOSE,
    PAYLOAD_ENCODER,
    WHILE_INTERRUPTED,
    EIGHT_THREADS
  }

  /** Closes the node once, wherever the test wants it, and remembers how that went. */
  private static final class Closing {
    private final CompletableFuture<Boolean> interruptedAfter = new CompletableFuture<>();
    private volatile Runnable close = () -> {};

    void close() {
      try {
        close.run();
        interruptedAfter.complete(Thread.currentThread().isInterrupted());
      } catch (RuntimeException | Error e) {
        interruptedAfter.completeExceptionally(e);
      }
    }

    boolean interruptedAfter() throws Exception {
      return interruptedAfter.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
  }

  // Longer than a close may take, so that expiring messages cannot hide a close that waits too
  // long.
  private static final RedisConfig PATIENT =
      RedisConfig.builder().publishTimeout(LIMIT.plus(LIMIT)).build();

  private final Closing closing = new Closing();
  private final List<RecordingTransport> clients = new ArrayList<>();
  private final List<CompletableFuture<Receipt>> futures = new CopyOnWriteArrayList<>();

  @AfterEach
  void everythingHasEnded() {
    Leftovers.assertNone(redis);
    assertThat(futures).isNotEmpty();
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(futures).allMatch(CompletableFuture::isDone));
    for (RecordingTransport client : clients) {
      assertThat(client.disconnects()).containsExactly(Disconnect.GOING_AWAY);
    }
  }

  @ParameterizedTest
  @EnumSource
  void nodeIsClosedFrom(Place place) throws Exception {
    RedisFanout node = node(redis.port(), place);
    closing.close = node::close;
    node.start();
    assertThat(node.awaitReady(LIMIT)).isTrue();
    for (int i = 0; i < 5; i++) {
      open(node, new RecordingTransport());
    }
    publish(node, 100);

    boolean interrupted = place == Place.WHILE_INTERRUPTED;
    switch (place) {
      case LISTENER ->
          node.open("bob", new RecordingTransport()).disconnect(Disconnect.NOT_ALLOWED);
      case CALLBACK_OF_A_PUBLISH -> futures.get(0).thenRun(closing::close);
      case TRANSPORT_WRITE -> open(node, closingInWrite()).send("close");
      case TRANSPORT_CLOSE -> node.open("bob", closingInClose()).disconnect(Disconnect.NOT_ALLOWED);
      case PAYLOAD_ENCODER -> futures.add(node.publisher().publish(ALICE, closing));
      case WHILE_INTERRUPTED -> {
        Thread.currentThread().interrupt();
        closing.close();
      }
      case EIGHT_THREADS -> inEightThreads(closing::close);
    }

    assertThat(closing.interruptedAfter()).isEqualTo(interrupted);
    assertThat(Thread.interrupted()).isEqualTo(interrupted);
    assertThatCode(node::close).doesNotThrowAnyException();
    publish(node, 1);
  }

  private RedisFanout node(int port, Place place) {
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onDisconnect(FanoutSession session, Disconnect why) {
            if (place == Place.LISTENER) {
              closing.close();
            }
          }
        };
    JacksonPayloadEncoder json = new JacksonPayloadEncoder();
    return RedisFanout.builder(
            RedisEndpoint.of("redis://127.0.0.1:" + port), FanoutConfig.of(Nodes.CHANNEL))
        .redis(PATIENT)
        .listener(listener)
        .payloadEncoder(
            payload -> {
              if (payload == closing) {
                closing.close();
                return json.encode("closed");
              }
              return json.encode(payload);
            })
        .build();
  }

  private RecordingTransport closingInWrite() {
    return new RecordingTransport() {
      @Override
      public void write(Payload payload, WriteCallback done) throws Exception {
        closing.close();
        super.write(payload, done);
      }
    };
  }

  private RecordingTransport closingInClose() {
    return new RecordingTransport() {
      @Override
      public void close(Disconnect why, boolean force) {
        closing.close();
      }
    };
  }

  private static void inEightThreads(Runnable close) throws Exception {
    List<FutureTask<?>> tasks = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      FutureTask<?> task = new FutureTask<>(close, null);
      new Thread(task, "closing-" + i).start();
      tasks.add(task);
    }
    for (FutureTask<?> task : tasks) {
      task.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private FanoutSession open(RedisFanout node, RecordingTransport client) {
    clients.add(client);
    return node.open("alice", client);
  }

  private void publish(RedisFanout node, int messages) {
    for (int i = 0; i < messages; i++) {
      futures.add(node.publisher().publish(ALICE, i));
    }
  }

  // ---- limits

  @Test
  void limitMayBeZeroNegativeOrUnlimited() throws Exception {
    for (Duration limit :
        List.of(Duration.ZERO, Duration.ofSeconds(-1), FOREVER, FOREVER.negated())) {
      RedisFanout node = node(redis.port(), Place.EIGHT_THREADS);
      node.start();
      assertThat(node.awaitReady(FOREVER)).isTrue();
      open(node, new RecordingTransport());
      publish(node, 10);

      quickly(() -> node.close(limit));

      Leftovers.assertNone(redis);
    }
  }

  @Test
  void mostNegativeLimitDoesNotWaitForWhatCannotBeSent() throws Exception {
    RedisFanout node = node(closedPort(), Place.EIGHT_THREADS);
    node.start();
    publish(node, 10);

    quickly(() -> node.close(FOREVER.negated()));
  }

  // ---- while it connects

  @Test
  void nodeIsClosedWhileRedisRefuses() throws Exception {
    closeWhileConnecting(closedPort());
  }

  @Test
  @Tag("full")
  void nodeIsClosedWhileRedisAcceptsAndSaysNothing() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      closeWhileConnecting(silent.getLocalPort());
    }
  }

  @Test
  @Tag("full")
  void nodeIsClosedWhileItSubscribes() throws Exception {
    try (FaultProxy proxy = FaultProxy.to(redis.port())) {
      RedisFanout node = node(proxy.port(), Place.EIGHT_THREADS);
      node.start();
      // From HELLO to SUBSCRIBE: wherever the answers stop to come.
      proxy.stall(FaultProxy.Direction.SERVER_TO_CLIENT);
      open(node, new RecordingTransport());
      publish(node, 10);

      quickly(() -> node.close(Duration.ofMillis(50)));
    }
  }

  @Test
  @Tag("full")
  void nodeIsClosedAtAnyMomentAfterItsStart() throws Exception {
    for (int micros = 0; micros < 30_000; micros += 500) {
      RedisFanout node = node(redis.port(), Place.EIGHT_THREADS);
      node.start();
      open(node, new RecordingTransport());
      publish(node, 1);
      long until = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(micros);
      while (System.nanoTime() < until) {
        Thread.onSpinWait();
      }

      quickly(node::close);
    }
  }

  private void closeWhileConnecting(int port) throws Exception {
    RedisFanout node = node(port, Place.EIGHT_THREADS);
    node.start();
    open(node, new RecordingTransport());
    publish(node, 10);
    CompletableFuture<Boolean> ready = CompletableFuture.supplyAsync(() -> awaitReady(node));

    quickly(() -> node.close(Duration.ofMillis(50)));

    assertThat(ready.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isFalse();
    assertThat(node.counters().publishRejected()).isEqualTo(10);
  }

  private static boolean awaitReady(RedisFanout node) {
    try {
      return node.awaitReady(FOREVER);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static int closedPort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void quickly(Runnable close) throws Exception {
    FutureTask<?> closing = new FutureTask<>(close, null);
    new Thread(closing, "closing").start();
    closing.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }
}
