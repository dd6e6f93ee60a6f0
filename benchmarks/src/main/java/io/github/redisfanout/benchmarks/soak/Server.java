package io.github.redisfanout.benchmarks.soak;

import io.github.redisfanout.testkit.RedisProcess;
import java.util.ArrayList;
import java.util.List;

/** A Redis that knows the nodes by their users' names. */
final class Server {
  private static final String PUBSUB_LIMIT = "pubsub 33554432 8388608 60";

  private Server() {}

  static RedisProcess start(int nodes) {
    List<String> arguments = new ArrayList<>(List.of("--busy-reply-threshold", "100"));
    for (int node = 0; node < nodes; node++) {
      arguments.addAll(List.of("--user", "node" + node, "on", ">secret", "~*", "&*", "+@all"));
    }
    return RedisProcess.start(arguments.toArray(String[]::new));
  }

  /** Cuts off subscribers that are a little behind, until {@link #allowBehind}. */
  static void cutOffBehind(RedisProcess redis) {
    redis.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 65536 32768 1");
  }

  static void allowBehind(RedisProcess redis) {
    redis.command("CONFIG", "SET", "client-output-buffer-limit", PUBSUB_LIMIT);
  }

  /** The nodes' connections, as Redis lists them. */
  static List<String> connections(RedisProcess redis) {
    return redis
        .command("CLIENT", "LIST")
        .lines()
        .filter(line -> line.contains("name=redis-fanout-"))
        .toList();
  }
}
