package io.github.redisfanout.it.faults;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RecordingTransport;
import java.time.Duration;

/** A node in a JVM of its own, which prints what happens to it; ends with its standard input. */
final class SmallHeapNode {
  private SmallHeapNode() {}

  /** The URI of Redis. */
  public static void main(String[] arguments) throws Exception {
    FanoutListener printing =
        new FanoutListener() {
          @Override
          public void onGap(Gap gap) {
            print("gap " + gap.cause());
          }
        };
    RecordingTransport alice = new RecordingTransport();
    try (RedisFanout node =
        RedisFanout.builder(RedisEndpoint.of(arguments[0]), FanoutConfig.of(Nodes.CHANNEL))
            .redis(
                RedisConfig.builder() // a busy machine may take seconds for each message
                    .readTimeout(Duration.ofMinutes(1))
                    .probeInterval(Duration.ofSeconds(15))
                    .build())
            .listener(printing)
            .start()) {
      node.open("alice", alice);
      node.awaitReady(FaultRig.LIMIT);
      print("ready");
      FaultRig.within(Duration.ofMinutes(2)).until(() -> alice.texts().contains("\"after\""));
      print(
          "received %s, malformed %s, delivered %s, gaps %s"
              .formatted(
                  node.counters().received(),
                  node.counters().malformed(),
                  node.counters().delivered(),
                  node.counters().gaps()));
      while (System.in.read() >= 0) {
        // Its parent lives.
      }
    }
  }

  private static void print(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
