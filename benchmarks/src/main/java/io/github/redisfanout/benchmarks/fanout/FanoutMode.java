package io.github.redisfanout.benchmarks.fanout;

import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import io.github.redisfanout.benchmarks.contenders.Contender;
import io.github.redisfanout.benchmarks.contenders.Contenders;
import io.github.redisfanout.testkit.RedisProcess;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Every contender in turn, several rounds interleaved, on one Redis, each in its own JVM. */
public final class FanoutMode implements Mode {
  @Override
  public String help() {
    return "all contenders side by side: --contenders a,b --rounds 3 --rate 1000 --seconds 3"
        + " --warm-up-seconds 20"
        + " "
        + Workload.help();
  }

  @Override
  public boolean run(Options options) throws Exception {
    Map<String, Contender.Factory> contenders =
        chosen(options, String.join(",", Contenders.all().keySet()));
    Workload workload = Workload.of(options);
    int rounds = options.number("rounds", 3);
    int rate = options.number("rate", 1_000);
    int seconds = options.number("seconds", 3);
    int warmUpSeconds = options.number("warm-up-seconds", 20);
    options.checkAllKnown();

    Report report = new Report(workload, rate);
    try (RedisProcess redis = RedisProcess.start()) {
      for (int i = 1; i <= rounds; i++) {
        for (String contender : contenders.keySet()) {
          Result result =
              OneRound.run(contender, workload, redis.port(), rate, seconds, warmUpSeconds);
          report.add(contender, i, result);
        }
      }
    }
    report.print();
    return report.isNothingOfOursLost();
  }

  static Map<String, Contender.Factory> chosen(Options options, String otherwise) {
    Map<String, Contender.Factory> all = Contenders.all();
    List<String> names = Arrays.asList(options.text("contenders", otherwise).split(","));
    Map<String, Contender.Factory> chosen = new LinkedHashMap<>();
    for (String name : names) {
      Contender.Factory factory = all.get(name);
      if (factory == null) {
        throw new IllegalArgumentException("--contenders must be of " + all.keySet() + ": " + name);
      }
      chosen.put(name, factory);
    }
    return chosen;
  }
}
