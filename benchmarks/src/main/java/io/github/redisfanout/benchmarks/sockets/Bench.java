package io.github.redisfanout.benchmarks.sockets;

import io.github.redisfanout.Publisher;
import java.util.List;
import java.util.concurrent.ExecutorService;

/**
 * What all measurements need: the plan, the nodes, the clients, and the clocks.
 *
 * @param threads for publishers; they outlive a round, or their CPU time would be forgotten
 */
record Bench(
    SocketsPlan plan,
    List<ServerNode> nodes,
    LoadGenerator generator,
    CpuUse.Meter cpu,
    ExecutorService threads) {

  /** Publishers are spread over the nodes. */
  Publisher publisher(int number) {
    return nodes.get(number % nodes.size()).fanout().publisher();
  }
}
