package io.github.redisfanout.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.testkit.RecordingClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * More clients than the container has threads, none of which reads: what they send must not hold
 * the threads, or nobody else is served.
 */
public abstract class StuckCrowdContract extends ContainerContract {
  private static final int THREADS = 20;
  private static final int PEERS = 60;
  private static final int MORE_THAN_SOCKETS_HOLD = 60;
  private static final String LARGE = "x".repeat(200_000);

  /** A thread that waits for a stuck client waits for 20 s on a Tomcat with its own settings. */
  private static final Duration LIMIT = Duration.ofSeconds(5);

  /** What each of them sends. */
  private interface Attack {
    void by(HostilePeer peer) throws IOException;
  }

  @Test
  @Tag("full")
  void stuckPeersThatPingDoNotHoldTheContainersThreads() throws Exception {
    othersAreServedDuring(HostilePeer::sendPing);
  }

  @Test
  @Tag("full")
  void stuckPeersThatCloseDoNotHoldTheContainersThreads() throws Exception {
    othersAreServedDuring(peer -> peer.sendClose(1000));
  }

  @Test
  @Tag("full")
  void stuckPeersThatGoAwayDoNotHoldTheContainersThreads() throws Exception {
    othersAreServedDuring(peer -> peer.sendClose(1001));
  }

  private void othersAreServedDuring(Attack attack) throws Exception {
    List<HostilePeer> peers = new ArrayList<>();
    try (Node node =
            node(
                config().sessionQueueBytes(100 << 20).writeTimeout(Duration.ofMinutes(1)),
                THREADS);
        RecordingClient healthy = node.connect("healthy")) {
      for (int i = 0; i < PEERS; i++) {
        peers.add(HostilePeer.connect(node, "hostile"));
      }
      makeStuck(node, healthy);

      for (HostilePeer peer : peers) {
        attack.by(peer);
      }

      long start = System.nanoTime();
      try (RawClient late = RawClient.handshake(node.port(), "?user=late")) {
        assertThat(late.status()).isEqualTo(101);
      }
      for (int i = 0; i < 20; i++) {
        node.publish(List.of("healthy"), i);
        assertThat(healthy.next()).isEqualTo("" + i);
      }
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      assertThat(took).as("another client waits").isLessThan(LIMIT);
    } finally {
      for (HostilePeer peer : peers) {
        peer.close();
      }
    }
  }

  /** Returns when a write to each of the hostile ones is stuck. */
  private static void makeStuck(Node node, RecordingClient healthy) throws Exception {
    for (int i = 0; i < MORE_THAN_SOCKETS_HOLD; i++) {
      node.publish(List.of("hostile", "healthy"), i + LARGE);
      assertThat(healthy.next()).isEqualTo("\"" + i + LARGE + "\"");
    }
    awaitStuck(node);
  }
}
