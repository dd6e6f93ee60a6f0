package io.github.redisfanout.benchmarks.sockets;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Which threads of the nodes' process use its CPU time; Linux only. */
final class ThreadUse {
  private static final Path TASKS = Path.of("/proc/self/task");

  private final Map<Group, CpuTime> start = read();
  private final long startNanos = System.nanoTime();

  /** Threads with one kind of work; Linux keeps the first 15 characters of their names. */
  enum Group {
    LANES("redis-fanout-la", "lanes: redis-fanout's calls into Tomcat, which write"),
    RECEIVE("redis-fanout-re", "redis-fanout: receive"),
    FANOUT("redis-fanout-", "redis-fanout: publish, callbacks, timers"),
    TOMCAT("http-nio-", "Tomcat's workers and pollers: completions"),
    PUBLISHERS("benchmark-", "the benchmark's publishers, which encode"),
    COMPILER("C", "the JVM's compilers"),
    REST("", "the rest: GC, VM");

    private final String prefix;
    private final String text;

    Group(String prefix, String text) {
      this.prefix = prefix;
      this.text = text;
    }

    private static Group of(String name) {
      for (Group group : values()) {
        boolean isCompiler = name.startsWith("C1 Comp") || name.startsWith("C2 Comp");
        if (group == COMPILER ? isCompiler : name.startsWith(group.prefix)) {
          return group;
        }
      }
      return REST;
    }
  }

  /** A span of time starts. */
  ThreadUse() {}

  private static Map<Group, CpuTime> read() {
    Map<Group, CpuTime> used = new EnumMap<>(Group.class);
    if (!Files.isDirectory(TASKS)) {
      return used;
    }
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
      for (Path task : tasks) {
        add(task, used);
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + TASKS, e);
    }
    return used;
  }

  private static void add(Path task, Map<Group, CpuTime> used) throws IOException {
    try {
      String stat = Files.readString(task.resolve("stat"));
      Group group = Group.of(stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')')));
      used.merge(group, CpuTime.parse(stat), CpuTime::plus);
    } catch (NoSuchFileException e) {
      // it has just ended
    }
  }

  /** The span ends here. */
  void print() {
    long nanos = System.nanoTime() - startNanos;
    System.out.println("\nthreads of the nodes' process over these rounds, in cores:");
    read()
        .forEach(
            (group, used) -> {
              CpuTime since = used.since(start.getOrDefault(group, CpuTime.NONE));
              System.out.printf(
                  Locale.ROOT,
                  "  %.3f (kernel %2.0f %%)  %s%n",
                  since.share(nanos),
                  100 * since.kernelShare(),
                  group.text);
            });
  }
}
