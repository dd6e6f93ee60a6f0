package io.github.redisfanout.benchmarks.neighbours;

import io.github.redisfanout.benchmarks.Figures;
import io.github.redisfanout.benchmarks.containers.Container;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

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
    print(
        "          bad ones: unregistered %d, after %.2f s at most; freed %d, after %.2f s at most%n",
        seconds(List.of(with), Stuck::secondsUntilUnregistered).size(),
        max(seconds(List.of(with), Stuck::secondsUntilUnregistered)),
        seconds(List.of(with), Stuck::secondsUntilFreed).size(),
        max(seconds(List.of(with), Stuck::secondsUntilFreed)));
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
    figures.put(prefix + "lost", sum(Run.Result::lost));
    figures.put(prefix + "publish_failures", sum(Run.Result::failures));
    figures.put(prefix + "unregistered_seconds_max", max(unregistered()));
    figures.put(prefix + "never_unregistered", clients() - unregistered().size());
    figures.put(prefix + "freed_seconds_max", max(freed()));
    figures.put(prefix + "never_freed", clients() - freed().size());
    figures.put(prefix + "freed_seconds_limit", plan.limitSeconds());
    figures.put(prefix + "held_bytes", heldBytes);
    figures.put(prefix + "held_bytes_limit", plan.heldLimitBytes());
    return figures;
  }

  /** Whether nothing was lost, and the bad ones' sessions and memory were kept within bounds. */
  boolean isGood() {
    boolean freed = freed().size() == clients() && max(freed()) <= plan.limitSeconds();
    return sum(Run.Result::lost) == 0
        && sum(Run.Result::failures) == 0
        && unregistered().size() == clients()
        && max(unregistered()) <= plan.limitSeconds()
        && (freed || !container.canFreeSockets())
        && heldBytes <= plan.heldLimitBytes();
  }

  private int clients() {
    return with.size() * plan.bad();
  }

  private double sum(ToLongFunction<Run.Result> count) {
    return Stream.of(without, with).flatMap(List::stream).mapToLong(count).sum();
  }

  private static double medianP99(List<Run.Result> results) {
    return Figures.median(results.stream().map(Run.Result::p99Micros).toList());
  }

  private List<Double> unregistered() {
    return seconds(with, Stuck::secondsUntilUnregistered);
  }

  private List<Double> freed() {
    return seconds(with, Stuck::secondsUntilFreed);
  }

  /** Those of the bad clients to which it has happened. */
  private static List<Double> seconds(
      List<Run.Result> results, Function<Stuck, OptionalDouble> which) {
    return results.stream()
        .flatMap(result -> result.bad().stream())
        .map(which)
        .filter(OptionalDouble::isPresent)
        .map(OptionalDouble::getAsDouble)
        .toList();
  }

  private static double max(List<Double> values) {
    return values.stream().max(Double::compare).orElse(0.0);
  }

  private static void print(String format, Object... values) {
    System.out.print(String.format(Locale.ROOT, format, values));
  }
}
