package io.github.redisfanout.it.soak;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Which faults there were, and when. Thread-safe. */
final class FaultLog {
  private static final Duration NEAR = Duration.ofSeconds(2);

  private record Entry(Fault fault, Instant from, Instant until, String failure) {}

  private final List<Entry> entries = new CopyOnWriteArrayList<>();

  /** Something that causes a fault and ends it again. */
  interface Action {
    void run() throws Exception;
  }

  /** Performs a fault; if that fails, it is noted, and the soak continues. */
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
    entries.add(new Entry(fault, from, Instant.now(), failure));
  }

  Map<FaultKind, Integer> counts() {
    Map<FaultKind, Integer> counts = new EnumMap<>(FaultKind.class);
    entries.forEach(entry -> counts.merge(entry.fault.kind(), 1, Integer::sum));
    return counts;
  }

  int total() {
    return entries.size();
  }

  /** The faults at about this time, in words. */
  String near(Instant from, Instant until) {
    Instant start = from.minus(NEAR);
    Instant end = until.plus(NEAR);
    return "; faults "
        + entries.stream()
            .filter(entry -> entry.until.isAfter(start) && entry.from.isBefore(end))
            .map(entry -> entry.fault + " " + entry.from + "/" + entry.until + entry.failure)
            .toList();
  }
}
