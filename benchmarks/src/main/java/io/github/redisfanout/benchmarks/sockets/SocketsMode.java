package io.github.redisfanout.benchmarks.sockets;

import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import io.github.redisfanout.testkit.RedisProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Two nodes on Tomcat, a real Redis, and real WebSockets: deliveries per second, and latency. */
public final class SocketsMode implements Mode {
  // Fields, or their levels would be forgotten.
  private static final Logger tomcatLog = Logger.getLogger("org.apache");
  private static final Logger leakLog = Logger.getLogger("org.apache.catalina.loader");

  @Override
  public String help() {
    return SocketsPlan.HELP;
  }

  @Override
  public boolean run(Options options) throws Exception {
    SocketsPlan plan = SocketsPlan.of(options);
    tomcatLog.setLevel(Level.WARNING); // not what it is at each start
    leakLog.setLevel(Level.SEVERE); // not that it cannot look for leaks when it stops
    try (RedisProcess redis = RedisProcess.start();
        LoadGenerator generator = LoadGenerator.start();
        ServerNode one = ServerNode.start(redis.uri(), plan.tomcatThreads());
        ServerNode two = ServerNode.start(redis.uri(), plan.tomcatThreads())) {
      CpuUse.Meter cpu = new CpuUse.Meter(generator, pid(redis));
      Bench bench = new Bench(plan, List.of(one, two), generator, cpu, publisherThreads());
      Report report = new Report(plan);
      generator.ask("open", one.port() + "," + two.port(), String.join(",", plan.users()));
      report.rounds(throughput(bench, report));
      report.latency(latency(bench));
      List<FanoutCounters> counters = new ArrayList<>();
      for (ServerNode node : bench.nodes()) {
        counters.add(node.countersAtRest());
      }
      return report.end(counters);
    }
  }

  private static ExecutorService publisherThreads() {
    return Executors.newCachedThreadPool(
        task -> {
          Thread thread = new Thread(task, "benchmark-publisher");
          thread.setDaemon(true);
          return thread;
        });
  }

  private static long pid(RedisProcess redis) {
    for (String line : redis.command("INFO", "server").split("\r?\n")) {
      if (line.startsWith("process_id:")) {
        return Long.parseLong(line.substring("process_id:".length()).trim());
      }
    }
    throw new IllegalStateException("Redis does not say which process it is");
  }

  private static List<ThroughputRound.Result> throughput(Bench bench, Report report)
      throws Exception {
    SocketsPlan plan = bench.plan();
    List<ThroughputRound.Result> results = new ArrayList<>();
    for (int i = 0; i < plan.warmUps(); i++) {
      report.round("warm-up", ThroughputRound.run(bench, plan.messages()));
    }
    for (int i = 1; i <= plan.rounds(); i++) {
      ThroughputRound.Result result = ThroughputRound.run(bench, plan.messages());
      report.round("round " + i, result);
      results.add(result);
    }
    return results;
  }

  /** Null where the processes have no clock in common. */
  private static LatencyRound.@Nullable Result latency(Bench bench) throws Exception {
    if (!bench.generator().hasOurClock()) {
      return null;
    }
    LatencyRound.run(bench, 1); // warms up the slower pace
    return LatencyRound.run(bench, bench.plan().latencySeconds());
  }
}
