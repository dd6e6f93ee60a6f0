package io.github.redisfanout.benchmarks.sockets;

import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.benchmarks.Figures;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Prints for people as results come, and in the end one {@code name=value} a line. */
final class Report {
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private final SocketsPlan plan;
  private final Figures figures = new Figures();
  private long lost;
  private long failures;

  Report(SocketsPlan plan) {
    this.plan = plan;
    line(
        "2 nodes, %d clients; %,d messages a round, of %d chars, each for %d clients",
        plan.clients(), plan.messages(), plan.payloadChars(), plan.recipients());
    line(
        "%d publishers, %,d publishes of each unanswered and clients %d messages behind, at most",
        plan.publishers(), plan.window(), plan.ahead());
    line(
        "%d processors; CPU is in cores, 1.00 is one core all the time; the publishers are in the"
            + " nodes' process",
        CORES);
  }

  void round(String name, ThroughputRound.Result result) {
    line("%-8s %s", name, result.row(plan.recipients()));
    lost += result.check().lost() + result.check().surplus();
    failures += result.failures();
  }

  void rounds(List<ThroughputRound.Result> rounds) {
    double publishes = median(rounds, ThroughputRound.Result::publishesPerSecond);
    double deliveries = publishes * plan.recipients();
    double cpuMicros =
        median(rounds, round -> round.cpu().sum() * 1e6 / round.publishesPerSecond())
            / plan.recipients();
    double nodesMicros =
        median(rounds, round -> round.cpu().nodes().all().toNanos() / 1e3 / round.messages())
            / plan.recipients();
    line("%nmedian: %,.0f deliveries/s", deliveries);
    line(
        "CPU time a delivery: %.1f us in all, %.1f us of it in the nodes' process; at that price %d"
            + " cores make %,.0f deliveries/s",
        cpuMicros, nodesMicros, CORES, CORES * 1e6 / cpuMicros);
    value("deliveries_per_second", deliveries);
    value("publishes_per_second", publishes);
    value("cpu_us_per_delivery", cpuMicros);
    value("server_cpu_us_per_delivery", nodesMicros);
    value("server_cpu_share", share(rounds, CpuUse::nodes));
    value("server_kernel_share", median(rounds, round -> round.cpu().nodes().kernelShare()));
    value("generator_cpu_share", share(rounds, CpuUse::generator));
    value("redis_cpu_share", share(rounds, CpuUse::redis));
  }

  private static double share(
      List<ThroughputRound.Result> rounds, Function<CpuUse, CpuTime> process) {
    return median(rounds, round -> process.apply(round.cpu()).share(round.cpu().nanos()));
  }

  void latency(LatencyRound.@Nullable Result result) {
    if (result == null) {
      line("%nno latency: the processes have no clock in common; they have on Linux");
      return;
    }
    line("%nlatency at %,d messages/s, clock shared by both processes (checked)", plan.rate());
    line("          %s", result);
    lost += result.lost();
    failures += result.failures();
    value("p50_us", result.ages().p50());
    value("p99_us", result.ages().p99());
    value("p999_us", result.ages().p999());
    value("max_us", result.ages().max());
  }

  /** True if all arrived, once, and the nodes say the same. */
  boolean end(List<FanoutCounters> counters) {
    line("");
    long dropped = 0;
    for (FanoutCounters node : counters) {
      dropped += node.dropped().values().stream().mapToLong(Long::longValue).sum();
      line(
          "a node's counts: received %,d, delivered %,d, dropped %s, disconnects %s, gaps %d",
          node.received(), node.delivered(), node.dropped(), node.disconnects(), node.gaps());
    }
    value("lost", lost);
    value("dropped", dropped);
    value("publish_failures", failures);
    line("");
    figures.print();
    return lost == 0 && dropped == 0 && failures == 0;
  }

  private static double median(
      List<ThroughputRound.Result> rounds, ToDoubleFunction<ThroughputRound.Result> figure) {
    return Figures.median(rounds.stream().map(figure::applyAsDouble).toList());
  }

  private void value(String name, double value) {
    figures.put("sockets_" + name, value);
  }

  private static void line(String format, Object... arguments) {
    System.out.println(String.format(Locale.ROOT, format, arguments));
  }
}
