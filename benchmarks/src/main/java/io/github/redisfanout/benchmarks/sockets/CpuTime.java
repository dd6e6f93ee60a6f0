package io.github.redisfanout.benchmarks.sockets;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * CPU time of a process or of some of its threads.
 *
 * @param kernel the part of it that was spent in the operating system, which is to say in system
 *     calls; zero where the operating system is not Linux
 */
public record CpuTime(Duration all, Duration kernel) {
  private static final Duration TICK = Duration.ofMillis(10); // as Linux tells all programs
  private static final int USER_TIME = 11; // of the words behind the name in parentheses
  private static final int KERNEL_TIME = 12;

  /** What a process has used up to now. */
  public static CpuTime of(long pid) {
    try {
      return parse(Files.readString(Path.of("/proc/" + pid + "/stat")));
    } catch (IOException e) {
      return new CpuTime(
          ProcessHandle.of(pid)
              .flatMap(process -> process.info().totalCpuDuration())
              .orElseThrow(() -> new IllegalStateException("no CPU time of process " + pid)),
          Duration.ZERO);
    }
  }

  /** Reads {@code /proc/PID/stat}. */
  private static CpuTime parse(String stat) {
    String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    Duration kernel = TICK.multipliedBy(Long.parseLong(words[KERNEL_TIME]));
    return new CpuTime(TICK.multipliedBy(Long.parseLong(words[USER_TIME])).plus(kernel), kernel);
  }

  public CpuTime since(CpuTime before) {
    return new CpuTime(all.minus(before.all), kernel.minus(before.kernel));
  }

  /** Of one core: 2.0 is two cores, all the time. */
  public double share(long nanos) {
    return (double) all.toNanos() / nanos;
  }

  double kernelShare() {
    return all.isZero() ? 0 : (double) kernel.toNanos() / all.toNanos();
  }
}
