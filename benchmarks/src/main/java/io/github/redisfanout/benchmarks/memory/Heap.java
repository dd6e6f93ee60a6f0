package io.github.redisfanout.benchmarks.memory;

import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What lives on a JVM's heap.
 *
 * @param used bytes in use after collecting until that no longer changed
 * @param classes what each class' living instances take
 */
public record Heap(long used, Map<String, Instances> classes) {
  private static final Pattern ROW = Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+(\\d+)\\s+(\\S+).*");
  private static final Instances NONE = new Instances(0, 0);

  /** Classes that take less are left out: what is seen stays on the heap that is looked at. */
  private static final long LEAST_BYTES = 10_000;

  private static final int MAX_COLLECTIONS = 20;

  /** The living instances of one class. */
  public record Instances(long count, long bytes) {
    Instances minus(Instances other) {
      return new Instances(count - other.count, bytes - other.bytes);
    }
  }

  /**
   * What somebody has found out about another JVM.
   *
   * @param histogram as the JVM prints it
   */
  public static Heap of(long used, String histogram) {
    return new Heap(used, classes(histogram));
  }

  /** How much more there is than there was. */
  public Heap minus(Heap before) {
    Map<String, Instances> more = new HashMap<>();
    Stream.of(classes, before.classes)
        .flatMap(map -> map.keySet().stream())
        .forEach(name -> more.put(name, more(name, before)));
    return new Heap(used - before.used, more);
  }

  /** Collects the garbage of this JVM and looks. */
  static Heap now() {
    // The histogram first: its text is garbage.
    Map<String, Instances> classes = classes(histogram());
    return new Heap(settled(), classes);
  }

  private static long settled() {
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

  private static String histogram() {
    try {
      return String.valueOf(
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {new String[0]},
                  new String[] {String[].class.getName()}));
    } catch (JMException e) {
      throw new IllegalStateException("this JVM gives no class histogram", e);
    }
  }

  private static Map<String, Instances> classes(String histogram) {
    Map<String, Instances> classes = new HashMap<>();
    histogram
        .lines()
        .map(ROW::matcher)
        .filter(Matcher::matches)
        .filter(row -> Long.parseLong(row.group(2)) >= LEAST_BYTES)
        .forEach(
            row ->
                classes.merge(
                    row.group(3),
                    new Instances(Long.parseLong(row.group(1)), Long.parseLong(row.group(2))),
                    // two class loaders, or hidden classes
                    (a, b) -> new Instances(a.count + b.count, a.bytes + b.bytes)));
    return classes;
  }

  /** What of a class there is more than there was. */
  Instances more(String className, Heap before) {
    return classes
        .getOrDefault(className, NONE)
        .minus(before.classes.getOrDefault(className, NONE));
  }
}
