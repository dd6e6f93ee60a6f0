package io.github.redisfanout.it.faults;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Routing;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RecordingTransport;

/** A node with users in a JVM of its own, to be killed or frozen; ends with its standard input. */
final class PresenceNode {
  static final FanoutConfig CONFIG =
      FanoutConfig.builder(Nodes.CHANNEL).routing(Routing.ADAPTIVE).trackPresence(true).build();

  private PresenceNode() {}

  /** The URI of Redis, and how many users: {@code user-0} and so on. */
  public static void main(String[] arguments) throws Exception {
    try (RedisFanout node = RedisFanout.connect(arguments[0], CONFIG)) {
      node.awaitReady(FaultRig.LIMIT);
      for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
        node.open("user-" + i, new RecordingTransport());
      }
      while (System.in.read() >= 0) {
        // Its parent lives.
      }
    }
  }
}
