package io.github.redisfanout.benchmarks.registered;

import io.github.redisfanout.benchmarks.ChildJvm;
import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import java.time.Duration;
import java.util.stream.Stream;

/** Whether a message to the same users costs more when many others are registered. */
public final class RegisteredMode implements Mode {

  @Override
  public String help() {
    return "cost of a message to 10 of --few 1000 users, beside --many 1000000 registered"
        + " [--rounds 11] [--messages 10000: in a round] [--max-percent 125: of the cost with few]"
        + " [--idle-seconds 5] [--ping-seconds 3600: between pings]"
        + " [--apart true: the few lie apart in memory, among the many; false: side by side]";
  }

  @Override
  public boolean run(Options options) throws Exception {
    int few = options.number("few", 1_000);
    int many = options.number("many", 1_000_000);
    int rounds = options.number("rounds", 11);
    int messages = options.number("messages", 10_000);
    int idleSeconds = options.number("idle-seconds", 5);
    int pingSeconds = options.number("ping-seconds", 3_600);
    int maxPercent = options.number("max-percent", 125);
    boolean apart = !options.text("apart", "true").equals("false");
    options.checkAllKnown();
    if (many < few) {
      throw new IllegalArgumentException("--many must be at least --few " + few + ": " + many);
    }
    Figures figures =
        ChildJvm.run(
            Rounds.class,
            ChildJvm.fixedHeap(1_024 + many / 1_000),
            Stream.of(few, many, rounds, messages, idleSeconds, pingSeconds, apart)
                .map(String::valueOf)
                .toList(),
            Duration.ofMinutes(5));
    figures.put("registered_max_ratio", maxPercent / 100.0);
    System.out.println();
    figures.print();
    // CPU and not wall time decides: others use this machine, too.
    return figures.value("registered_whole") == 1
        && figures.value("registered_cpu_ratio") <= maxPercent / 100.0;
  }
}
