package io.github.redisfanout.benchmarks.routing;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.Jedis;

/** What Redis has used since its start. */
record Usage(double cpuMicros, double bytesIn, double bytesOut) {

  static Usage of(Jedis jedis) {
    String cpu = jedis.info("cpu");
    String stats = jedis.info("stats");
    return new Usage(
        1e6 * (number(cpu, "used_cpu_user") + number(cpu, "used_cpu_sys")),
        number(stats, "total_net_input_bytes"),
        number(stats, "total_net_output_bytes"));
  }

  /** What each of this many messages took since then, on average. */
  Usage each(Usage before, long messages) {
    return new Usage(
        (cpuMicros - before.cpuMicros) / messages,
        (bytesIn - before.bytesIn) / messages,
        (bytesOut - before.bytesOut) / messages);
  }

  private static double number(String section, String name) {
    Matcher matcher = Pattern.compile("\\b" + name + ":([0-9.]+)").matcher(section);
    if (!matcher.find()) {
      throw new IllegalStateException("Redis does not say " + name);
    }
    return Double.parseDouble(matcher.group(1));
  }
}
