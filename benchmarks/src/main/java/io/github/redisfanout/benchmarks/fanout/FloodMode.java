package io.github.redisfanout.benchmarks.fanout;

import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import io.github.redisfanout.benchmarks.contenders.Contender;
import io.github.redisfanout.testkit.RedisProcess;
import java.util.Locale;
import java.util.Map;

/** Publishers that never wait for an outcome, faster than the machine can follow. */
public final class FloodMode implements Mode {
  @Override
  public String help() {
    return "publishers that never wait: --contenders redis-fanout --flood-seconds 120 "
        + Workload.help();
  }

  @Override
  public boolean run(Options options) throws Exception {
    Map<String, Contender.Factory> contenders = FanoutMode.chosen(options, "redis-fanout");
    Workload workload = Workload.of(options).flooding(options.number("flood-seconds", 120));
    options.checkAllKnown();

    boolean reported = true;
    try (RedisProcess redis = RedisProcess.start()) {
      Round round = new Round(workload, redis.port());
      for (Map.Entry<String, Contender.Factory> one : contenders.entrySet()) {
        Result result = round.run(one.getValue(), 1, 0, 0);
        System.out.printf(
            Locale.ROOT,
            "%s: %,d published, %,d failed; %,d deliveries (%,.0f/s) of %,d, %,d lost,"
                + " reported: %,d dropped, %d gaps%n",
            one.getKey(),
            result.published(),
            result.failed(),
            result.delivered(),
            result.deliveriesPerSecond(),
            result.expected(),
            result.lost(),
            result.dropped(),
            result.gaps());
        String name = one.getKey().replace('-', '_');
        System.out.println(name + "_flood_lost=" + result.lost());
        boolean silent = result.lost() != 0 && result.dropped() == 0 && result.gaps() == 0;
        System.out.println(name + "_flood_lost_silently=" + (silent ? result.lost() : 0));
        reported &= !silent || !one.getKey().startsWith("redis-fanout");
      }
    }
    return reported;
  }
}
