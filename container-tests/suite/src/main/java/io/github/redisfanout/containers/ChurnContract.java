package io.github.redisfanout.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.testkit.RecordingClient;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Clients that come and go: nothing of them stays. */
public abstract class ChurnContract extends ContainerContract {
  private static final int CONNECTIONS = 5_000;
  private static final int WARM_UP = 500;
  private static final int AT_ONCE = 4;
  private static final int KINDS = 6;

  /** What containers and the JVM may keep in addition, however many connections there were. */
  private static final int SLACK = 30;

  private record Usage(int threads, int descriptors) {
    static Usage now() {
      return new Usage(ManagementFactory.getThreadMXBean().getThreadCount(), Sockets.descriptors());
    }
  }

  @Test
  @Tag("full")
  void fiveThousandConnectionsThatAreDroppedLeaveNothingBehind() throws Exception {
    // Undertow says nothing of some that go during the handshake: pings have to find those.
    FanoutConfig.Builder config =
        config().pingInterval(Duration.ofSeconds(1)).silenceLimit(Duration.ofSeconds(4));
    try (Node node = node(config);
        RecordingClient healthy = node.connect("healthy")) {
      churn(node, healthy, WARM_UP); // pools grow to their size
      awaitOneLeft(node);
      Usage before = Usage.now();

      churn(node, healthy, CONNECTIONS);
      awaitOneLeft(node);

      await()
          .pollInterval(Duration.ofMillis(10))
          .atMost(Duration.ofSeconds(15))
          .untilAsserted(
              () -> {
                Usage after = Usage.now();
                assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + SLACK);
                assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors() + SLACK);
              });
      assertThat(node.fanout().counters().pending()).isZero();
      assertThat(healthy.isClosed()).isFalse();
    }
  }

  private static void churn(Node node, RecordingClient healthy, int connections) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<Integer>> runs = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        int first = i;
        runs.add(threads.submit(() -> dropMany(node, first, connections)));
      }
      for (int i = 0; !runs.stream().allMatch(Future::isDone); i++) {
        // None to the others: no failed write helps to find out that they have gone.
        node.publish(List.of("healthy"), i);
        assertThat(healthy.next()).isEqualTo("" + i);
      }
      for (Future<Integer> run : runs) {
        assertThat(run.get(1, TimeUnit.SECONDS)).isEqualTo(connections / AT_ONCE);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static int dropMany(Node node, int first, int connections) throws IOException {
    int dropped = 0;
    for (int i = first; i < connections; i += AT_ONCE) {
      drop(node, i % KINDS);
      dropped++;
    }
    return dropped;
  }

  /** Connects and goes: before, during or after the handshake, and in three ways. */
  private static void drop(Node node, int kind) throws IOException {
    byte[] handshake = Frames.handshake(node.port(), "?user=dropped");
    try (HostilePeer peer = HostilePeer.dial(node)) {
      switch (kind) {
        case 0 -> peer.reset();
        case 1 -> peer.write(handshake); // and the answer finds nobody
        case 2 -> {
          peer.write(handshake);
          peer.reset();
        }
        case 3 -> {
          peer.write(handshake);
          peer.awaitAnswer();
          peer.reset();
        }
        case 4 -> {
          peer.write(handshake);
          peer.awaitAnswer();
        }
        default -> {
          peer.write(handshake);
          peer.awaitAnswer();
          peer.write(Frames.close(1000));
          peer.closeCode();
        }
      }
    }
  }

  private static void awaitOneLeft(Node node) {
    await()
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofSeconds(15))
        .untilAsserted(
            () -> {
              assertThat(node.fanout().counters().sessions()).isOne();
              assertThat(Sockets.peers(node.port())).hasSize(1);
            });
  }
}
