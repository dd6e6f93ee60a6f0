package io.github.redisfanout.it.faults;

import io.github.redisfanout.testkit.RedisProcess;

/** What a Redis has counted of one command. */
final class RedisStatistics {
  private RedisStatistics() {}

  static long calls(RedisProcess redis, String command) {
    return statistic(redis, command, "calls");
  }

  static long rejected(RedisProcess redis, String command) {
    return statistic(redis, command, "rejected_calls");
  }

  private static long statistic(RedisProcess redis, String command, String name) {
    String line =
        redis
            .command("INFO", "commandstats")
            .lines()
            .filter(l -> l.startsWith("cmdstat_" + command + ":"))
            .findFirst()
            .orElse("cmdstat_" + command + ":calls=0,rejected_calls=0,");
    return Long.parseLong(line.replaceAll("^.*?[:,]" + name + "=(\\d+).*$", "$1"));
  }
}
