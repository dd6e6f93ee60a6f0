package io.github.redisfanout.benchmarks.neighbours;

import io.github.redisfanout.Publisher;
import io.github.redisfanout.benchmarks.Content;
import io.github.redisfanout.benchmarks.Waits;
import io.github.redisfanout.benchmarks.containers.ContainerNode;
import io.github.redisfanout.benchmarks.sockets.ChatMessage;
import io.github.redisfanout.benchmarks.sockets.LoadGenerator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One run against a node whose healthy clients are connected already.
 *
 * <p>Messages to the bad clients are published whether they are there or not.
 */
record Run(NeighboursPlan plan, ContainerNode node, LoadGenerator generator, Publisher publisher) {

  /**
   * What came out.
   *
   * @param p99Micros from before {@code publish} until a healthy client had the whole message
   * @param lost what healthy clients did not get, and 1 for each that was disconnected
   * @param failures publishes
   */
  record Result(double p50Micros, double p99Micros, long lost, long failures, List<Stuck> bad) {}

  Result without() throws Exception {
    return measure(List.of());
  }

  Result with() throws Exception {
    String ports = generator.ask("open-stuck", node.port(), String.join(",", plan.badUsers()));
    try {
      node.awaitSessions(plan.healthy() + plan.bad());
      return measure(Arrays.stream(ports.split(",")).map(Integer::valueOf).toList());
    } finally {
      generator.ask("drop-stuck");
      node.awaitSessions(plan.healthy());
    }
  }

  private Result measure(List<Integer> badPorts) throws Exception {
    long endedBefore = Long.parseLong(generator.ask("ended"));
    generator.ask("count", 1);
    Watch watch = new Watch(node, plan.badUsers(), badPorts);
    try (watch) {
      List<CompletableFuture<?>> futures = publish();
      generator.progress().awaitTotal((long) plan.messages() * plan.recipients());
      watch.awaitEnd(plan.limitSeconds() + 2);
      long ended = Long.parseLong(generator.ask("ended")) - endedBefore;
      LoadGenerator.Ages ages = generator.ages();
      return new Result(
          ages.p50(),
          ages.p99(),
          generator.check(plan.each()).lost() + ended,
          futures.stream().filter(CompletableFuture::isCompletedExceptionally).count(),
          watch.clients());
    }
  }

  private List<CompletableFuture<?>> publish() {
    List<CompletableFuture<?>> futures = new ArrayList<>();
    List<List<String>> audiences = plan.audiences();
    List<String> bad = plan.badUsers();
    String text = ChatMessage.textFor(plan.bytes());
    String large = Content.json(plan.badBytes());
    long start = System.nanoTime();
    long largeOnes = 0;
    for (int i = 0; i < plan.messages(); i++) {
      long due = i * 1_000_000_000L / plan.rate();
      Waits.until(start + due);
      futures.add(publisher.publish(audiences.get(i % audiences.size()), ChatMessage.now(text)));
      for (; largeOnes * 1_000_000_000L / plan.badRate() <= due; largeOnes++) {
        futures.add(publisher.publishJson(bad, large));
      }
    }
    return futures;
  }
}
