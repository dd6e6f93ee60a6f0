package io.github.redisfanout.benchmarks.neighbours;

import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.benchmarks.containers.Container;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints the runs in one container as they come, and sums them up. Not thread-safe. */
final class Report {
  private final NeighboursPlan plan;
  private final Container container;
  private final List<Run.Result> without = new ArrayList<>();
  private final List<Run.Result> with = new ArrayList<>();
  private long heldBytes;

  Report(NeighboursPlan plan, Container container) {
    this.plan = plan;
    this.container = container;
    print("%n%s: %d healthy clients, %d that never read%n", name(), plan.healthy(), plan.bad());
  }

  private String name() {
    return container.name();
  }

  void warmUp(Run.Result withoutBad, Run.Result withBad) {
    print("  warm-up");
    printPair(withoutBad, withBad);
  }

  void pair(Run.Result withoutBad, Run.Result withBad) {
    without.add(withoutBad);
    with.add(withBad);
    print("  pair %d ", with.size());
    printPair(withoutBad, withBad);
  }

  private static void printPair(Run.Result without, Run.Result with) {
    print(
        " p50 %,.0f -> %,.0f us  p99 %,.0f -> %,.0f us, ratio %.2f  lost %d, %d  failures %d, %d%n",
        without.p50Micros(),
        with.p50Micros(),
        without.p99Micros(),
        with.p99Micros(),
        with.p99Micros() / without.p99Micros(),
        without.lost(),
        with.lost(),
        without.failures(),
        with.failures());
    List<Stuck> bad = with.bad();
    print(
        "          bad ones: sockets took %,d to %,d bytes; unregistered %d, after %.2f to %.2f s;"
            + " freed %d, after %.2f to %.2f s; %,d messages pending at most%n",
        bad.stream().mapToLong(Stuck::unsent).min().orElse(0),
        bad.stream().mapToLong(Stuck::unsent).max().orElse(0),
        bad.stream().filter(Stuck::isUnregistered).count(),
        unregistered(List.of(with)).stream().min(Double::compare).orElse(0.0),
        max(unregistered(List.of(with))),
        bad.stream().filter(Stuck::isFreed).count(),
        freed(List.of(with)).stream().min(Double::compare).orElse(0.0),
        max(freed(List.of(with))),
        with.peakPending());
  }

  /** What full queues took of the heap. */
  void held(long bytes) {
    heldBytes = bytes;
    print(
        "  full queues of %d sessions hold %,d bytes of heap, of at most %,d%n",
        plan.bad(), bytes, plan.heldLimitBytes());
    if (!container.canFreeSockets()) {
      print("  %s cannot free the socket of a client that does not read%n", name());
    }
  }

  Figures figures() {
    String prefix = "neighbours_" + name() + "_";
    Figures figures = new Figures();
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < with.size(); i++) {
      ratios.add(with.get(i).p99Micros() / without.get(i).p99Micros());
    }
    figures.put(prefix + "p99_without_us", medianP99(without));
    figures.put(prefix + "p99_with_us", medianP99(with));
    figures.put(prefix + "p99_ratio", Figures.median(ratios));
    figures.put(prefix + "lost", lost());
    figures.put(prefix + "publish_failures", failures());
    figures.put(prefix + "unregistered_seconds_max", max(unregistered(with)));
    figures.put(prefix + "never_unregistered", clients() - unregistered(with).size());
    if (!freed(with).isEmpty()) {
      figures.put(prefix + "freed_seconds_max", max(freed(with)));
    }
    figures.put(prefix + "never_freed", clients() - freed(with).size());
    figures.put(prefix + "freed_seconds_limit", plan.limitSeconds());
    figures.put(
        prefix + "pending_max", with.stream().mapToLong(Run.Result::peakPending).max().orElse(0));
    figures.put(prefix + "held_bytes", heldBytes);
    figures.put(prefix + "held_bytes_limit", plan.heldLimitBytes());
    return figures;
  }

  /** Whether nothing was lost, and the bad ones' sessions and memory were kept within bounds. */
  boolean isGood() {
    boolean freed = freed(with).size() == clients() && max(freed(with)) <= plan.limitSeconds();
    return lost() == 0
        && failures() == 0
        && unregistered(with).size() == clients()
        && max(unregistered(with)) <= plan.limitSeconds()
        && (freed || !container.canFreeSockets())
        && heldBytes <= plan.heldLimitBytes();
  }

  private int clients() {
    return with.size() * plan.bad();
  }

  private long lost() {
    return without.stream().mapToLong(Run.Result::lost).sum()
        + with.stream().mapToLong(Run.Result::lost).sum();
  }

  private long failures() {
    return without.stream().mapToLong(Run.Result::failures).sum()
        + with.stream().mapToLong(Run.Result::failures).sum();
  }

  private static double medianP99(List<Run.Result> results) {
    return Figures.median(results.stream().map(Run.Result::p99Micros).toList());
  }

  private static List<Double> unregistered(List<Run.Result> results) {
    return results.stream()
        .flatMap(result -> result.bad().stream())
        .filter(Stuck::isUnregistered)
        .map(Stuck::secondsUntilUnregistered)
        .toList();
  }

  private static List<Double> freed(List<Run.Result> results) {
    return results.stream()
        .flatMap(result -> result.bad().stream())
        .filter(Stuck::isFreed)
        .map(Stuck::secondsUntilFreed)
        .toList();
  }

  private static double max(List<Double> values) {
    return values.stream().max(Double::compare).orElse(0.0);
  }

  private static void print(String format, Object... values) {
    System.out.print(String.format(Locale.ROOT, format, values));
  }
}
