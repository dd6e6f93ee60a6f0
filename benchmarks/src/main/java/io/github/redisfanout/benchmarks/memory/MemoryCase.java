package io.github.redisfanout.benchmarks.memory;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.benchmarks.Content;
import io.github.redisfanout.benchmarks.CountingTransport;
import io.github.redisfanout.benchmarks.Figures;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.List;

/**
 * One case, in a JVM of its own: opens sessions and looks at the heap.
 *
 * <p>Ids, the transport and the array that holds the sessions are there before the first look, so
 * they do not count. The node's backplane is in memory: Redis' side of a node does not grow with
 * its sessions.
 */
final class MemoryCase {
  private static final int MAX_COLLECTIONS = 20;

  private MemoryCase() {}

  /** Arguments: sessions, sessions per user, members per group or 0. */
  public static void main(String[] arguments) {
    int sessions = Integer.parseInt(arguments[0]);
    int perUser = Integer.parseInt(arguments[1]);
    int perGroup = Integer.parseInt(arguments[2]);
    bytes(100, 2, 2); // what is loaded and made once is there after this
    Figures figures = new Figures();
    figures.put("bytes", (double) bytes(sessions, perUser, perGroup) / sessions);
    figures.print();
  }

  private static long bytes(int count, int perUser, int perGroup) {
    List<String> userIds = Content.userIds((count + perUser - 1) / perUser);
    CountingTransport transport = new CountingTransport();
    FanoutSession[] sessions = new FanoutSession[count];
    try (RedisFanout node =
        RedisFanout.builder(new InMemoryBackplane(), FanoutConfig.of("memory")).start()) {
      long before = usedHeap();
      for (int i = 0; i < count; i++) {
        sessions[i] = node.open(userIds.get(i / perUser), transport);
        if (perGroup > 0) {
          sessions[i].join(userIds.get(i / perGroup));
        }
      }
      long bytes = usedHeap() - before;
      Reference.reachabilityFence(userIds);
      Reference.reachabilityFence(sessions);
      return bytes;
    }
  }

  /** What is in use once collecting garbage no longer changes it. */
  private static long usedHeap() {
    long before = Long.MAX_VALUE;
    for (int i = 0; i < MAX_COLLECTIONS; i++) {
      System.gc();
      long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
      if (Math.abs(before - used) < 1_024) {
        return used;
      }
      before = used;
    }
    return before;
  }
}
