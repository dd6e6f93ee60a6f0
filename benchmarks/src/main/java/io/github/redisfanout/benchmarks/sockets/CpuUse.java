package io.github.redisfanout.benchmarks.sockets;

import java.util.List;
import java.util.Locale;

/**
 * The three processes' shares of a core over a span of time, and of that the kernel's part.
 *
 * <p>Linux charges interrupts, which on the loopback interface are the receiving half of TCP, to
 * the process that runs at the time; adding those of {@code /proc/stat} would count them twice.
 */
record CpuUse(CpuTime nodes, CpuTime generator, CpuTime redis, long nanos) {

  /** Reads the clocks at the start and at the end. */
  static final class Meter {
    private final List<Long> pids;
    private List<CpuTime> start;
    private long startNanos = System.nanoTime();

    Meter(LoadGenerator generator, long redisPid) {
      pids = List.of(ProcessHandle.current().pid(), generator.pid(), redisPid);
      start = read();
    }

    private List<CpuTime> read() {
      return pids.stream().map(CpuTime::of).toList();
    }

    void start() {
      start = read();
      startNanos = System.nanoTime();
    }

    CpuUse stop() {
      long nanos = System.nanoTime() - startNanos;
      List<CpuTime> end = read();
      return new CpuUse(
          end.get(0).since(start.get(0)),
          end.get(1).since(start.get(1)),
          end.get(2).since(start.get(2)),
          nanos);
    }
  }

  double sum() {
    return nodes.share(nanos) + generator.share(nanos) + redis.share(nanos);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "nodes %.2f (kernel %2.0f %%), generator %.2f, redis %.2f, sum %.2f",
        nodes.share(nanos),
        100 * nodes.kernelShare(),
        generator.share(nanos),
        redis.share(nanos),
        sum());
  }
}
