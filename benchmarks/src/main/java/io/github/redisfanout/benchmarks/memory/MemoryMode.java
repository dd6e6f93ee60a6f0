package io.github.redisfanout.benchmarks.memory;

import io.github.redisfanout.benchmarks.ChildJvm;
import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.benchmarks.Mode;
import io.github.redisfanout.benchmarks.Options;
import java.time.Duration;
import java.util.List;

/**
 * Heap per idle session and per user entry, each case in a JVM of its own.
 *
 * <p>The child has flags that make the figure repeatable: the serial collector moves all that lives
 * together, without thread-local buffers "used" is exact, and references are compressed, as they
 * are by default on heaps below 32 GB.
 */
public final class MemoryMode implements Mode {
  private static final int SEVERAL = 4;

  @Override
  public String help() {
    return "bytes of heap per idle session, and of which classes"
        + " [--sessions 100000] [--burst 20: messages that wait at once] [--limit 400: bytes]";
  }

  @Override
  public boolean run(Options options) throws Exception {
    int sessions = options.number("sessions", 100_000);
    int burst = options.number("burst", 20);
    int limit = options.number("limit", 400);
    options.checkAllKnown();
    Figures figures = new Figures();
    figures.putAll(child("one_per_user", sessions, 1, burst));
    figures.putAll(child("several_per_user", sessions, SEVERAL, burst));
    figures.putAll(child("one_user", sessions, sessions, burst));
    double session = figures.value("memory_one_per_user_idle_bytes_per_session");
    double several = figures.value("memory_several_per_user_idle_bytes_per_session");
    figures.put("memory_bytes_per_session", session);
    // session = a + b and several = a + b / SEVERAL, where b is what a user takes.
    figures.put("memory_bytes_per_user_entry", (session - several) * SEVERAL / (SEVERAL - 1));
    figures.put("memory_limit_bytes", limit);
    System.out.println();
    figures.print();
    return session <= limit;
  }

  private static Figures child(String name, int sessions, int perUser, int burst) throws Exception {
    long megabytes = 256 + (sessions * (1_500L + 8L * burst) >> 20);
    List<String> flags =
        List.of(
            "-XX:+UseSerialGC",
            "-XX:MarkSweepAlwaysCompactCount=1", // else small holes are left, as arrays of int
            "-XX:-UseTLAB",
            "-XX:+UseCompressedOops",
            "-Xms" + megabytes + "m",
            "-Xmx" + megabytes + "m");
    List<String> arguments =
        List.of(name, String.valueOf(sessions), String.valueOf(perUser), String.valueOf(burst));
    return ChildJvm.run(MemoryCase.class, flags, arguments, Duration.ofMinutes(3));
  }
}
