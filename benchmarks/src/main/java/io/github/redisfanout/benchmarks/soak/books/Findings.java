package io.github.redisfanout.benchmarks.soak.books;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What was found: how often, and the first few of each in words. Thread-safe. */
public final class Findings {
  private static final int TOLD = 5;

  @GuardedBy("this")
  private final Map<Finding, Long> counts = new EnumMap<>(Finding.class);

  @GuardedBy("this")
  private final List<String> offenders = new ArrayList<>();

  public synchronized void add(Finding finding, String description) {
    long count = counts.merge(finding, 1L, Long::sum);
    if (count <= TOLD) {
      offenders.add(finding + ": " + description);
    }
  }

  /** Adds as many at once, described together. */
  public synchronized void add(Finding finding, long times, String description) {
    if (times > 0) {
      add(finding, description);
      counts.merge(finding, times - 1, Long::sum);
    }
  }

  public synchronized long count(Finding finding) {
    return counts.getOrDefault(finding, 0L);
  }

  public synchronized boolean isEmpty() {
    return counts.isEmpty();
  }

  public synchronized List<String> offenders() {
    return List.copyOf(offenders);
  }
}
