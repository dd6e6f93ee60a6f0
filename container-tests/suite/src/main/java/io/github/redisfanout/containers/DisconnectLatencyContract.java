package io.github.redisfanout.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Audience;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.testkit.RecordingClient;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How long it takes until the client of another node reads why it is disconnected. */
public abstract class DisconnectLatencyContract extends ContainerContract {
  private static final Disconnect BANNED = new Disconnect(4403, "banned");
  private static final int WARM_UP = 20;
  private static final int MEASURED = 100;
  private static final int ROUNDS = 3;
  private static final Duration MEDIAN = Duration.ofMillis(50);
  private static final Duration LONGEST = Duration.ofMillis(500);

  /** How long each disconnect took. */
  private static final class Latencies {
    private final long[] nanos = new long[MEASURED];
    private int next;

    /** Waits until a client that was disconnected at this time knows why. */
    void await(RecordingClient client, long startNanos) {
      assertThat(client.awaitClosed()).isEqualTo("4403 banned");
      nanos[next++ % MEASURED] = System.nanoTime() - startNanos; // over what the warm-up took
    }

    /** 0 for the shortest, 1 for the longest. */
    Duration quantile(double fraction) {
      long[] sorted = nanos.clone();
      Arrays.sort(sorted);
      return Duration.ofNanos(sorted[(int) ((MEASURED - 1) * fraction)]);
    }

    boolean areWithin(Latencies local) {
      return quantile(0.5).compareTo(MEDIAN.plus(local.quantile(0.5))) <= 0
          && quantile(1).compareTo(LONGEST.plus(local.quantile(1))) <= 0;
    }

    @Override
    public String toString() {
      return "median " + millis(quantile(0.5)) + " ms, longest " + millis(quantile(1)) + " ms";
    }

    private static double millis(Duration duration) {
      return duration.toNanos() / 1e6;
    }
  }

  /**
   * The limits are for an idle machine: what a local disconnect takes here and now is measured in
   * turn and does not count, and a machine that stands still for a moment spoils one round only.
   */
  @Test
  @Tag("full")
  void clientsOfOtherNodesAreDisconnectedWithinMilliseconds() throws Exception {
    try (Node first = node();
        Node second = node();
        Node publishing = node()) {
      Latencies everywhere;
      Latencies local;
      int round = 0;
      do {
        everywhere = new Latencies();
        local = new Latencies();
        for (int i = 0; i < WARM_UP + MEASURED; i++) {
          Node node = i % 2 == 0 ? first : second;
          disconnectEverywhere(node, publishing, "mallory" + round + "-" + i, everywhere);
          disconnectLocally(node, "eve" + round + "-" + i, local);
        }
        System.out.println("Disconnected everywhere: " + everywhere + "; locally: " + local);
      } while (!everywhere.areWithin(local) && ++round < ROUNDS);

      assertThat(everywhere.areWithin(local)).as("%s, locally %s", everywhere, local).isTrue();
    }
  }

  private static void disconnectEverywhere(
      Node node, Node publishing, String user, Latencies latencies) throws Exception {
    try (RecordingClient client = node.connect(user)) {
      long start = System.nanoTime();
      CompletableFuture<Receipt> sent =
          publishing.fanout().publisher().disconnect(Audience.user(user), BANNED);
      latencies.await(client, start);
      assertThat(sent.get(10, TimeUnit.SECONDS).nodes()).isEqualTo(3);
    }
  }

  private static void disconnectLocally(Node node, String user, Latencies latencies) {
    try (RecordingClient client = node.connect(user)) {
      FanoutSession session = node.session(user);
      long start = System.nanoTime();
      session.disconnect(BANNED);
      latencies.await(client, start);
    }
  }
}
