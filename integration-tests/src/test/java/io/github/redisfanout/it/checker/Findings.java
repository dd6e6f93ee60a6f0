package io.github.redisfanout.it.checker;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Counts what was found and describes the first few of each kind. Thread-safe. */
public final class Findings {
  private static final int MAX_DESCRIBED = 5;

  private final Map<Finding, Long> counts = new EnumMap<>(Finding.class);
  private final List<String> offenders = new ArrayList<>();

  public synchronized void add(Finding finding, String description) {
    if (counts.merge(finding, 1L, Long::sum) <= MAX_DESCRIBED) {
      offenders.add(finding + ": " + description);
    }
  }

  /** Adds several at once, described together. */
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
