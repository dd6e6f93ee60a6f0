package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes that are started and closed one after the other leave nothing behind. */
class ThousandNodesTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int FEW = 60;
  private static final int MANY = 1_000;

  /** What a node may leave for good, in bytes: class loading and caches are far below it. */
  private static final long GROWTH_PER_NODE = 1_000;

  @Test
  void nodesLeaveNothing() throws Exception {
    repeat(FEW, this::useNode);
  }

  @Test
  void nodesThatNeverReachRedisLeaveNothing() throws Exception {
    int port = closedPort();
    repeat(FEW, () -> closeWhileConnecting(port));
  }

  @Test
  void publishOnlyNodesLeaveNothing() throws Exception {
    repeat(FEW, this::publishOnly);
  }

  @Test
  @Tag("full")
  void thousandNodesLeaveNothing() throws Exception {
    repeat(MANY, this::useNode);
  }

  @Test
  @Tag("full")
  void thousandNodesThatNeverReachRedisLeaveNothing() throws Exception {
    int port = closedPort();
    repeat(MANY, () -> closeWhileConnecting(port));
  }

  @Test
  @Tag("full")
  void thousandPublishOnlyNodesLeaveNothing() throws Exception {
    repeat(MANY, this::publishOnly);
  }

  private Object useNode() throws InterruptedException {
    RedisFanout node = RedisFanout.connect(redis.uri(), Nodes.CHANNEL);
    RecordingTransport alice = new RecordingTransport();
    assertThat(node.awaitReady(LIMIT)).isTrue();
    node.open("alice", alice);
    node.publisher().publishAndWait(List.of("alice"), "hello", LIMIT);
    alice.awaitText("\"hello\"");
    node.close();
    assertThat(alice.disconnects()).containsExactly(Disconnect.GOING_AWAY);
    return node;
  }

  private static Object closeWhileConnecting(int port) {
    RedisFanout node = RedisFanout.connect("redis://127.0.0.1:" + port, Nodes.CHANNEL);
    node.open("alice", new RecordingTransport());
    var unused = node.publisher().publish(List.of("alice"), "hello");
    node.close(Duration.ZERO);
    return node;
  }

  private Object publishOnly() throws InterruptedException {
    RedisFanout node =
        RedisFanout.builder(RedisEndpoint.of(redis.uri()), FanoutConfig.of(Nodes.CHANNEL))
            .publishOnly()
            .start();
    node.publisher().publishAndWait(List.of("alice"), "hello", LIMIT);
    node.close();
    return node;
  }

  private static void repeat(int times, Callable<Object> life) throws Exception {
    List<WeakReference<Object>> closed = new ArrayList<>();
    int warm = times / 5;
    long heapWhenWarm = 0;
    for (int i = 0; i < times; i++) {
      closed.add(new WeakReference<>(life.call()));
      if (i + 1 == warm) {
        Leftovers.assertNone(redis);
        heapWhenWarm = usedHeap();
      }
    }

    Leftovers.assertNone(redis);
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(closed).filteredOn(node -> node.get() != null).isEmpty();
            });
    if (times == MANY) { // a few nodes leave too little to tell it from noise
      assertThat(usedHeap() - heapWhenWarm).isLessThan(GROWTH_PER_NODE * (times - warm));
    }
  }

  private static long usedHeap() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  private static int closedPort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
