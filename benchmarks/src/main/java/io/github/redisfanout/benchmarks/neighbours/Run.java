package io.github.redisfanout.benchmarks.neighbours;

import io.github.redisfanout.Publisher;
import io.github.redisfanout.benchmarks.Content;
import io.github.redisfanout.benchmarks.containers.ContainerNode;
import io.github.redisfanout.benchmarks.sockets.ChatMessage;
import io.github.redisfanout.benchmarks.sockets.LoadGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * One run against a node whose healthy clients are connected already.
 *
 * <p>Messages to the bad clients are published whether they are there or not.
 */
record Run(NeighboursPlan plan, ContainerNode node, LoadGenerator generator, Publisher publisher) {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /**
   * What came out.
   *
   * @param p99Micros from before {@code publish} until a healthy client had the whole message
   * @param lost what healthy clients did not get, and 1 for each that was disconnected
   * @param failures publishes
   */
  record Result(
      double p50Micros,
      double p99Micros,
      long lost,
      int failures,
      long peakPending,
      List<Stuck> bad) {}

  Result without() throws Exception {
    return measure(List.of());
  }

  Result with() throws Exception {
    String ports = generator.ask("deaf", node.port(), String.join(",", plan.badUsers()));
    try {
      node.awaitSessions(plan.healthy() + plan.bad(), LIMIT);
      return measure(Arrays.stream(ports.split(",")).map(Integer::valueOf).toList());
    } finally {
      generator.ask("drop-deaf");
      node.awaitSessions(plan.healthy(), LIMIT);
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
      int failures = 0;
      for (CompletableFuture<?> future : futures) {
        failures += future.isCompletedExceptionally() ? 1 : 0;
      }
      long missing = Long.parseLong(generator.ask("check", plan.each()).split(" ")[0]);
      long ended = Long.parseLong(generator.ask("ended")) - endedBefore;
      String[] ages = generator.ask("latency").split(" ");
      return new Result(
          Long.parseLong(ages[1]) / 1e3,
          Long.parseLong(ages[2]) / 1e3,
          missing + ended,
          failures,
          watch.peakPending(),
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
      for (long left = start + due - System.nanoTime();
          left > 0;
          left = start + due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      futures.add(publisher.publish(audiences.get(i % audiences.size()), ChatMessage.now(text)));
      for (; largeOnes * 1_000_000_000L / plan.badRate() <= due; largeOnes++) {
        futures.add(publisher.publishJson(bad, large));
      }
    }
    return futures;
  }
}
