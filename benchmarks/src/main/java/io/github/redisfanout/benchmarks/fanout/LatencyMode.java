package io.github.redisfanout.benchmarks.fanout;

import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import io.github.redisfanout.benchmarks.contenders.Contender;
import io.github.redisfanout.testkit.RedisProcess;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** From publish to sink at fixed rates: no throughput may be bought with latency. */
public final class LatencyMode implements Mode {
  private static final List<Integer> RATES = List.of(100, 1_000, 5_000, 20_000);

  @Override
  public String help() {
    return "from publish to sink at "
        + RATES
        + " messages/s: --contenders redis-fanout,jedis,lettuce --rounds 5 --seconds 3 "
        + Workload.help();
  }

  @Override
  public boolean run(Options options) throws Exception {
    Map<String, Contender.Factory> contenders =
        FanoutMode.chosen(options, "redis-fanout,jedis,lettuce");
    Workload workload = Workload.of(options);
    int rounds = options.number("rounds", 5);
    int seconds = options.number("seconds", 3);
    options.checkAllKnown();

    Map<String, List<List<Histogram>>> results = new LinkedHashMap<>();
    try (RedisProcess redis = RedisProcess.start()) {
      Round round = new Round(workload, redis.port());
      for (int i = 0; i <= rounds; i++) {
        for (Map.Entry<String, Contender.Factory> one : contenders.entrySet()) {
          List<Histogram> latencies = round.latencies(one.getValue(), RATES, seconds);
          if (i > 0) { // round 0 warms up
            results.computeIfAbsent(one.getKey(), name -> new ArrayList<>()).add(latencies);
          }
        }
      }
    }
    results.forEach(LatencyMode::print);
    return true;
  }

  private static void print(String contender, List<List<Histogram>> rounds) {
    for (int i = 0; i < RATES.size(); i++) {
      int at = i;
      String name = contender.replace('-', '_') + "_at_" + RATES.get(at);
      for (double percentile : new double[] {50, 99, 99.9}) {
        List<Double> micros =
            rounds.stream()
                .map(round -> round.get(at).getValueAtPercentile(percentile) / 1e3)
                .toList();
        System.out.printf(
            Locale.ROOT,
            "%s_p%s_us=%.0f%n",
            name,
            percentile == 99.9 ? "999" : String.valueOf((int) percentile),
            Figures.median(micros));
      }
    }
  }
}
