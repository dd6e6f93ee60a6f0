package io.github.redisfanout.benchmarks.fanout;

import io.github.redisfanout.benchmarks.Figures;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** All results of one run, and what follows from them: medians over the rounds. */
final class Report {
  private static final String OURS = "redis-fanout";

  private final Map<String, List<Result>> results = new LinkedHashMap<>();
  private final Workload workload;
  private final int rate;

  Report(Workload workload, int rate) {
    this.workload = workload;
    this.rate = rate;
  }

  void add(String contender, int round, Result result) {
    System.out.printf(
        Locale.ROOT,
        "round %d %-20s %,12.0f deliveries/s %,9.0f publishes/s %6.2f µs CPU (+ %.2f Redis)"
            + " lost %d (reported: %d dropped, %d gaps) p50 %.0f p99 %.0f p99.9 %.0f µs%n",
        round,
        contender,
        result.deliveriesPerSecond(),
        result.publishesPerSecond(),
        result.cpuMicrosPerDelivery(),
        result.redisMicrosPerDelivery(),
        result.lost(),
        result.dropped(),
        result.gaps(),
        result.latency().p50(),
        result.latency().p99(),
        result.latency().p999());
    results.computeIfAbsent(contender, name -> new ArrayList<>()).add(result);
  }

  void print() {
    System.out.printf("%nMedians, %s, latency at %d messages/s%n", workload, rate);
    System.out.printf(
        Locale.ROOT,
        "%-20s %14s %12s %10s %10s %8s %8s %8s %8s%n",
        "contender",
        "deliveries/s",
        "publishes/s",
        "CPU µs",
        "Redis µs",
        "p50 µs",
        "p99 µs",
        "p99.9",
        "lost");
    results.forEach(
        (name, all) ->
            System.out.printf(
                Locale.ROOT,
                "%-20s %,14.0f %,12.0f %10.2f %10.2f %8.0f %8.0f %8.0f %8d%n",
                name,
                median(all, Result::deliveriesPerSecond),
                median(all, Result::publishesPerSecond),
                median(all, Result::cpuMicrosPerDelivery),
                median(all, Result::redisMicrosPerDelivery),
                median(all, r -> r.latency().p50()),
                median(all, r -> r.latency().p99()),
                median(all, r -> r.latency().p999()),
                lost(all)));
    System.out.println();
    Figures figures = new Figures();
    results.forEach((name, all) -> addMedians(figures, name.replace('-', '_'), all));
    List<Result> ours = results.get(OURS);
    if (ours != null) {
      results.forEach((name, all) -> addRatios(figures, name.replace('-', '_'), ours, all));
      figures.put("lost", lost(ours));
    }
    figures.print();
  }

  private static void addMedians(Figures figures, String name, List<Result> all) {
    figures.put(name + "_deliveries_per_second", median(all, Result::deliveriesPerSecond));
    figures.put(name + "_publishes_per_second", median(all, Result::publishesPerSecond));
    figures.put(name + "_cpu_us_per_delivery", median(all, Result::cpuMicrosPerDelivery));
    figures.put(name + "_redis_cpu_us_per_delivery", median(all, Result::redisMicrosPerDelivery));
    figures.put(name + "_p50_us", median(all, r -> r.latency().p50()));
    figures.put(name + "_p99_us", median(all, r -> r.latency().p99()));
    figures.put(name + "_p999_us", median(all, r -> r.latency().p999()));
    figures.put(name + "_lost", lost(all));
  }

  /** Of each round first: its contenders ran close together, while the machine was the same. */
  private static void addRatios(
      Figures figures, String name, List<Result> ours, List<Result> theirs) {
    if (ours == theirs) {
      return;
    }
    List<Double> speed = new ArrayList<>();
    List<Double> cpu = new ArrayList<>();
    for (int i = 0; i < ours.size(); i++) {
      speed.add(ours.get(i).deliveriesPerSecond() / theirs.get(i).deliveriesPerSecond());
      cpu.add(ours.get(i).cpuMicrosPerDelivery() / theirs.get(i).cpuMicrosPerDelivery());
    }
    figures.put("ratio_vs_" + name, Figures.median(speed));
    figures.put("cpu_ratio_vs_" + name, Figures.median(cpu));
  }

  private static long lost(List<Result> all) {
    return all.stream().mapToLong(Result::lost).sum();
  }

  private static double median(List<Result> all, ToDoubleFunction<Result> value) {
    return Figures.median(all.stream().map(value::applyAsDouble).toList());
  }

  boolean isNothingOfOursLost() {
    return results.entrySet().stream()
        .filter(one -> one.getKey().startsWith(OURS))
        .allMatch(one -> lost(one.getValue()) == 0);
  }
}
