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

    @Override
    public String toString() {
      return "median " + millis(quantile(0.5)) + " ms, longest " + millis(quantile(1)) + " ms";
    }

    private static double millis(Duration duration) {
      return duration.toNanos() / 1e6;
    }
  }

  /**
   * Of the limits, which are for an idle machine, what a local disconnect takes here and now does
   * not count: it is measured in turn.
   */
  @Test
  @Tag("full")
  void clientsOfOtherNodesAreDisconnectedWithinMilliseconds() throws Exception {
    try (Node first = node();
        Node second = node();
        Node publishing = node()) {
      Latencies everywhere = new Latencies();
      Latencies local = new Latencies();
      for (int i = 0; i < WARM_UP + MEASURED; i++) {
        Node node = i % 2 == 0 ? first : second;
        String mallory = "mallory" + i;
        String eve = "eve" + i;
        try (RecordingClient client = node.connect(mallory)) {
          long start = System.nanoTime();
          CompletableFuture<Receipt> sent =
              publishing.fanout().publisher().disconnect(Audience.user(mallory), BANNED);
          everywhere.await(client, start);
          assertThat(sent.get(10, TimeUnit.SECONDS).nodes()).isEqualTo(3);
        }
        try (RecordingClient client = node.connect(eve)) {
          FanoutSession session = node.session(eve);
          long start = System.nanoTime();
          session.disconnect(BANNED);
          local.await(client, start);
        }
      }
      System.out.println("Disconnected everywhere: " + everywhere + "; locally: " + local);

      assertThat(everywhere.quantile(0.5))
          .isLessThanOrEqualTo(Duration.ofMillis(50).plus(local.quantile(0.5)));
      assertThat(everywhere.quantile(1))
          .isLessThanOrEqualTo(Duration.ofMillis(500).plus(local.quantile(1)));
    }
  }
}
