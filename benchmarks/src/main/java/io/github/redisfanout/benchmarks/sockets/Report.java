package io.github.redisfanout.benchmarks.sockets;

import io.github.redisfanout.FanoutCounters;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Prints for people as results come, and in the end one {@code name=value} a line. */
final class Report {
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private final SocketsPlan plan;
  private final Map<String, String> values = new LinkedHashMap<>();
  private double capacity;
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

  void capacity(SelfTest.Result single, SelfTest.Result many) {
    capacity = single.perCore();
    line("%nself-test, a plain server on one thread, one frame a write:   %s", single);
    line(
        "self-test, a plain server on one thread, %d frames a write:  %s",
        SelfTest.FRAMES_PER_LARGE_WRITE, many);
    value("plain_server_frames_per_second", "%.0f", single.framesPerSecond());
    value("generator_capacity_per_second", "%.0f", capacity);
    value("generator_capacity_large_writes_per_second", "%.0f", many.perCore());
  }

  void warmUp(ThroughputRound.Result result) {
    line("warm-up  %s", result.row(plan.recipients()));
    count(result);
  }

  void round(int number, ThroughputRound.Result result) {
    line("round %d  %s", number, result.row(plan.recipients()));
    count(result);
  }

  private void count(ThroughputRound.Result result) {
    lost += result.lost() + result.surplus();
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
    line("the generator could read %.1f times as many", capacity / deliveries);
    value("deliveries_per_second", "%.0f", deliveries);
    value("publishes_per_second", "%.0f", publishes);
    value("cpu_us_per_delivery", "%.2f", cpuMicros);
    value("server_cpu_us_per_delivery", "%.2f", nodesMicros);
    value("generator_capacity_ratio", "%.2f", capacity / deliveries);
    value("server_cpu_share", "%.3f", share(rounds, CpuUse::nodes));
    value(
        "server_kernel_share", "%.3f", median(rounds, round -> round.cpu().nodes().kernelShare()));
    value("generator_cpu_share", "%.3f", share(rounds, CpuUse::generator));
    value("redis_cpu_share", "%.3f", share(rounds, CpuUse::redis));
    value("others_cpu_share", "%.3f", median(rounds, round -> round.cpu().others()));
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
    value("p50_us", "%.0f", result.median() / 1e3);
    value("p99_us", "%.0f", result.p99() / 1e3);
    value("p999_us", "%.0f", result.p999() / 1e3);
    value("max_us", "%.0f", result.max() / 1e3);
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
    value("lost", "%d", lost);
    value("dropped", "%d", dropped);
    value("publish_failures", "%d", failures);
    line("");
    values.forEach((name, value) -> System.out.println("sockets_" + name + "=" + value));
    return lost == 0 && dropped == 0 && failures == 0;
  }

  private static double median(
      List<ThroughputRound.Result> rounds, ToDoubleFunction<ThroughputRound.Result> figure) {
    double[] sorted = rounds.stream().mapToDouble(figure).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1
        ? sorted[middle]
        : Arrays.stream(sorted, middle - 1, middle + 1).average().orElseThrow();
  }

  private void value(String name, String format, Object value) {
    values.put(name, String.format(Locale.ROOT, format, value));
  }

  private static void line(String format, Object... arguments) {
    System.out.println(String.format(Locale.ROOT, format, arguments));
  }
}
