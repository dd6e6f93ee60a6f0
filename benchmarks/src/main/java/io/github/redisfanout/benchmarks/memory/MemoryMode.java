package io.github.redisfanout.benchmarks.memory;

import io.github.redisfanout.benchmarks.ChildJvm;
import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Heap per idle session, each case in a JVM of its own.
 *
 * <p>The child has flags that make the figure repeatable: the serial collector moves all that lives
 * together, without thread-local buffers "used" is exact, and references are compressed, as they
 * are by default on heaps below 32 GB.
 */
public final class MemoryMode implements Mode {
  @Override
  public String help() {
    return "bytes of heap per idle session [--sessions 100000] [--limit 400: bytes]";
  }

  @Override
  public boolean run(Options options) throws Exception {
    int sessions = options.number("sessions", 100_000);
    int limit = options.number("limit", 400);
    options.checkAllKnown();
    double withUser = bytes(sessions, 1, 0);
    Figures figures = new Figures();
    figures.put("memory_bytes_per_session_with_user", withUser);
    figures.put("memory_bytes_per_further_session_of_a_user", bytes(sessions, sessions, 0));
    figures.put("memory_bytes_per_session_in_a_group_of_100", bytes(sessions, 1, 100));
    figures.put("memory_limit_bytes", limit);
    figures.print();
    return withUser <= limit;
  }

  private static double bytes(int sessions, int perUser, int perGroup) throws Exception {
    long megabytes = 256 + (sessions * 1_500L >> 20);
    List<String> flags =
        List.of(
            "-XX:+UseSerialGC",
            "-XX:MarkSweepAlwaysCompactCount=1", // else small holes are left, as arrays of int
            "-XX:-UseTLAB",
            "-XX:+UseCompressedOops",
            "-Xms" + megabytes + "m",
            "-Xmx" + megabytes + "m");
    List<String> arguments = Stream.of(sessions, perUser, perGroup).map(String::valueOf).toList();
    return ChildJvm.run(MemoryCase.class, flags, arguments, Duration.ofMinutes(3)).value("bytes");
  }
}
