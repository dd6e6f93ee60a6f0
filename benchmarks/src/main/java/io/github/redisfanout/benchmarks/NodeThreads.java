package io.github.redisfanout.benchmarks;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The threads that one node has started, and the CPU time that they have taken. */
public final class NodeThreads {
  private static final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Map<Thread, String> names;

  private NodeThreads(Map<Thread, String> names) {
    this.names = names;
  }

  /** What somebody made, and the threads that it started. */
  public record Started<T>(T made, NodeThreads threads) {}

  /** Nodes name their threads alike, so whose they are is known by when they came. */
  public static <T> Started<T> startedBy(Supplier<T> maker) {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    T made = maker.get();
    Map<Thread, String> started =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> !before.contains(thread))
            .collect(Collectors.toMap(thread -> thread, Thread::getName));
    return new Started<>(made, new NodeThreads(started));
  }

  /** CPU time of the threads whose name is one of these, or begins with one that ends in "-". */
  public long cpuNanos(String... wanted) {
    long sum = 0;
    for (Map.Entry<Thread, String> entry : names.entrySet()) {
      String name = entry.getValue();
      if (Arrays.stream(wanted)
          .anyMatch(w -> w.endsWith("-") ? name.startsWith(w) : name.equals(w))) {
        sum += threads.getThreadCpuTime(entry.getKey().getId());
      }
    }
    return sum;
  }
}
