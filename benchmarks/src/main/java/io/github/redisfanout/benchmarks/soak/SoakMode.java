package io.github.redisfanout.benchmarks.soak;

import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import java.time.Duration;

/** Faults at random for a long time, and books that must balance. */
public final class SoakMode implements Mode {
  private static final String LOG_LEVEL = "org.slf4j.simpleLogger.log.io.github.redisfanout";

  @Override
  public String help() {
    return "three nodes under random faults, every message accounted for:"
        + " --minutes 2 --seed 1 --rate 4000";
  }

  @Override
  public boolean run(Options options) throws Exception {
    Duration time = Duration.ofMinutes(options.number("minutes", 2));
    long seed = options.number("seed", 1);
    int rate = options.number("rate", 4_000);
    options.checkAllKnown();
    if (System.getProperty(LOG_LEVEL) == null) {
      System.setProperty(LOG_LEVEL, "error"); // every fault would be warned of
    }
    try (Soak soak = new Soak(time, seed, rate)) {
      return soak.run();
    }
  }
}
