package io.github.redisfanout.benchmarks.soak;

import io.github.redisfanout.benchmarks.soak.books.Finding;
import io.github.redisfanout.benchmarks.soak.books.Findings;
import io.github.redisfanout.testkit.RedisProcess;
import java.util.List;

/** What the library's nodes have open, which after their close should be nothing. */
final class Leftovers {
  private static final long LIMIT_MILLIS = 8_000;

  private Leftovers() {}

  static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("redis-fanout-"))
        .toList();
  }

  /** Looks for what the closed nodes have left; what is there may take a moment to go. */
  static void check(List<Node> nodes, List<RedisProcess> servers, Findings findings)
      throws InterruptedException {
    if (!FaultsOnTheWay.within(LIMIT_MILLIS, () -> threads().isEmpty())) {
      findings.add(Finding.LEFT_BEHIND, "threads " + threads());
    }
    for (Node node : nodes) {
      if (!FaultsOnTheWay.within(LIMIT_MILLIS, () -> node.proxy().connections() == 0)) {
        findings.add(
            Finding.LEFT_BEHIND, node.user() + " " + node.proxy().connections() + " connections");
      }
    }
    for (RedisProcess redis : servers) {
      if (!FaultsOnTheWay.within(LIMIT_MILLIS, () -> Server.connections(redis).isEmpty())) {
        findings.add(Finding.LEFT_BEHIND, "connections " + Server.connections(redis));
      }
    }
  }
}
