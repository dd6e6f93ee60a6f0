package io.github.redisfanout.benchmarks.soak;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Which faults there were, and when. Thread-safe. */
final class FaultLog {
  private static final Duration NEAR = Duration.ofSeconds(2);

  private record Entry(Fault fault, Instant from, Instant until, String failure) {}

  @GuardedBy("this")
  private final List<Entry> entries = new ArrayList<>();

  @GuardedBy("this")
  private final Map<FaultKind, Integer> counts = new EnumMap<>(FaultKind.class);

  /** Something that causes a fault and ends it again. */
  interface Action {
    void run() throws Exception;
  }

  /** Performs a fault; what fails in it is written down, and no reason to end. */
  void perform(Fault fault, Action action) throws InterruptedException {
    Instant from = Instant.now();
    String failure = "";
    try {
      action.run();
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      failure = " failed: " + e;
      System.out.println(fault + failure);
    }
    synchronized (this) {
      entries.add(new Entry(fault, from, Instant.now(), failure));
      counts.merge(fault.kind(), 1, Integer::sum);
    }
  }

  synchronized Map<FaultKind, Integer> counts() {
    return new EnumMap<>(counts);
  }

  synchronized int total() {
    return entries.size();
  }

  /** The faults at about this time, in words. */
  synchronized String near(Instant from, Instant until) {
    StringBuilder words = new StringBuilder("; faults");
    for (Entry entry : entries) {
      if (entry.until.isAfter(from.minus(NEAR)) && entry.from.isBefore(until.plus(NEAR))) {
        words.append(" [").append(entry.fault).append(' ').append(time(entry.from)).append('/');
        words.append(time(entry.until)).append(entry.failure).append(']');
      }
    }
    return words.toString();
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MILLIS).toString().substring("2000-01-01T".length());
  }
}
