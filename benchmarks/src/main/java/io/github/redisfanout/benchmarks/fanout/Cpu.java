package io.github.redisfanout.benchmarks.fanout;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import redis.clients.jedis.Jedis;

/**
 * Processor time used so far, in nanoseconds.
 *
 * @param jvm by this process: the contender's nodes and the publishers
 * @param redis by Redis
 */
record Cpu(long jvm, long redis) {
  static Cpu now(int redisPort) {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    double seconds = 0;
    String cpu;
    try (Jedis redis = new Jedis("127.0.0.1", redisPort)) {
      cpu = redis.info("cpu");
    }
    for (String line : cpu.split("\r?\n")) {
      if (line.startsWith("used_cpu_sys:") || line.startsWith("used_cpu_user:")) {
        seconds += Double.parseDouble(line.substring(line.indexOf(':') + 1).trim());
      }
    }
    return new Cpu(system.getProcessCpuTime(), (long) (seconds * 1e9));
  }

  Cpu since(Cpu before) {
    return new Cpu(jvm - before.jvm, redis - before.redis);
  }
}
