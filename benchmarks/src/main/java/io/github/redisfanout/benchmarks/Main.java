package io.github.redisfanout.benchmarks;

import io.github.redisfanout.benchmarks.everyone.EveryoneMode;
import io.github.redisfanout.benchmarks.fanout.FanoutMode;
import io.github.redisfanout.benchmarks.fanout.FloodMode;
import io.github.redisfanout.benchmarks.fanout.LatencyMode;
import io.github.redisfanout.benchmarks.fence.FenceMode;
import io.github.redisfanout.benchmarks.jmh.JmhMode;
import io.github.redisfanout.benchmarks.memory.MemoryMode;
import io.github.redisfanout.benchmarks.neighbours.NeighboursMode;
import io.github.redisfanout.benchmarks.nobody.NobodyMode;
import io.github.redisfanout.benchmarks.routing.RoutingMode;
import io.github.redisfanout.benchmarks.sockets.SocketsMode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code java -jar benchmarks.jar MODE [--option value ...]}. */
public final class Main {
  private Main() {}

  private static Map<String, Mode> modes() {
    Map<String, Mode> modes = new LinkedHashMap<>();
    modes.put("fanout", new FanoutMode());
    modes.put("latency", new LatencyMode());
    modes.put("flood", new FloodMode());
    modes.put("memory", new MemoryMode());
    modes.put("nobody", new NobodyMode());
    modes.put("everyone", new EveryoneMode());
    modes.put("fence", new FenceMode());
    modes.put("routing", new RoutingMode());
    modes.put("jmh", new JmhMode());
    modes.put("sockets", new SocketsMode());
    modes.put("neighbours", new NeighboursMode());
    return modes;
  }

  public static void main(String[] arguments) throws Exception {
    List<String> words = Arrays.asList(arguments);
    Map<String, Mode> modes = modes();
    Mode mode = words.isEmpty() ? null : modes.get(words.get(0));
    if (mode == null) {
      System.err.println("usage: java -jar benchmarks.jar MODE [--option value ...]");
      modes.forEach((name, one) -> System.err.println("  " + name + ": " + one.help()));
      System.exit(2);
      return;
    }
    try {
      // Netty and others leave threads behind that are no daemons.
      System.exit(mode.run(new Options(words.subList(1, words.size()))) ? 0 : 1);
    } catch (IllegalArgumentException e) {
      System.err.println(words.get(0) + ": " + e.getMessage());
      System.exit(2);
    }
  }
}
