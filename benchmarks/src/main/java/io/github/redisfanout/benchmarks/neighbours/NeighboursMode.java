package io.github.redisfanout.benchmarks.neighbours;

import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.benchmarks.ChildJvm;
import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import io.github.redisfanout.benchmarks.containers.Container;
import io.github.redisfanout.benchmarks.containers.ContainerNode;
import io.github.redisfanout.benchmarks.sockets.LoadGenerator;
import io.github.redisfanout.testkit.RedisProcess;

/** Healthy clients without and with bad ones on the same node, in every container. */
public final class NeighboursMode implements Mode {

  @Override
  public String help() {
    return NeighboursPlan.HELP;
  }

  @Override
  public boolean run(Options options) throws Exception {
    NeighboursPlan plan = NeighboursPlan.of(options);
    Figures figures = new Figures();
    boolean ok = true;
    for (Container container : plan.containers()) {
      try (RedisProcess redis = RedisProcess.start()) {
        Report report = new Report(plan, container);
        pairs(plan, container, redis.uri(), report);
        report.held(Held.bytes(plan, container, redis.uri()));
        figures.putAll(report.figures());
        ok &= report.isGood();
      }
    }
    System.out.println();
    figures.print();
    return ok;
  }

  private static void pairs(
      NeighboursPlan plan, Container container, String redisUri, Report report) throws Exception {
    try (ContainerNode node =
            ContainerNode.start(
                container,
                redisUri,
                ChildJvm.fixedHeap(512),
                plan.settings(plan.writeTimeoutMillis()));
        LoadGenerator generator = LoadGenerator.start();
        RedisFanout publishing = NeighboursPlan.publishingNode(redisUri)) {
      if (!generator.hasOurClock()) {
        throw new IllegalStateException("the processes have no clock in common");
      }
      generator.ask("allow-ends");
      generator.ask("open", node.port(), String.join(",", plan.healthyUsers()));
      node.awaitSessions(plan.healthy());
      Run run = new Run(plan, node, generator, publishing.publisher());
      for (int i = 0; i < plan.warmUps(); i++) {
        report.warmUp(run.without(), run.with());
      }
      for (int i = 0; i < plan.pairs(); i++) {
        if (i % 2 == 0) { // so that what changes with time favours neither
          Run.Result without = run.without();
          report.pair(without, run.with());
        } else {
          Run.Result with = run.with();
          report.pair(run.without(), with);
        }
      }
    }
  }
}
