package io.github.redisfanout.benchmarks.routing;

import io.github.redisfanout.benchmarks.Figures;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** All turns with one number of nodes and of recipients, by contender and round. */
record Cell(int nodes, int recipients, Map<Contender, List<Turn>> turns) {
  Cell(int nodes, int recipients) {
    this(nodes, recipients, new EnumMap<>(Contender.class));
  }

  void add(Contender contender, Turn turn) {
    turns.computeIfAbsent(contender, any -> new ArrayList<>()).add(turn);
  }

  static void printHead() {
    System.out.println(
        "nodes  recipients  contender       messages  Redis us   bytes in  bytes out  received"
            + "  needlessly");
  }

  void print() {
    turns.forEach(
        (contender, all) ->
            System.out.printf(
                Locale.ROOT,
                "%5d  %10d  %-14s  %8d  %8.2f  %9.0f  %9.0f  %8.2f  %10.2f%n",
                nodes,
                recipients,
                contender.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                all.get(0).messages(),
                cpu(contender),
                median(contender, turn -> turn.usage().bytesIn()),
                bytesOut(contender),
                median(contender, Turn::received),
                median(contender, Turn::needless)));
  }

  double cpu(Contender contender) {
    return median(contender, turn -> turn.usage().cpuMicros());
  }

  double bytesOut(Contender contender) {
    return median(contender, turn -> turn.usage().bytesOut());
  }

  private double median(Contender contender, ToDoubleFunction<Turn> value) {
    return Figures.median(turns(contender).stream().map(value::applyAsDouble).toList());
  }

  /** The median of what one contender costs divided by what another costs in the same round. */
  double ratio(Contender one, Contender other) {
    return Figures.median(
        IntStream.range(0, turns(one).size())
            .mapToObj(i -> cpu(turns(one).get(i)) / cpu(turns(other).get(i)))
            .toList());
  }

  private static double cpu(Turn turn) {
    return turn.usage().cpuMicros();
  }

  private List<Turn> turns(Contender contender) {
    return turns.getOrDefault(contender, List.of());
  }

  /** How much dearer one way is than the other. */
  double difference() {
    double ratio = ratio(Contender.BROADCAST, Contender.TARGETED);
    return Math.max(ratio, 1 / ratio);
  }

  /** What the library's decision costs divided by the better way. */
  double againstBest() {
    return Math.max(
        ratio(Contender.ADAPTIVE, Contender.BROADCAST),
        ratio(Contender.ADAPTIVE, Contender.TARGETED));
  }

  /** How far the same contender is from itself. */
  double noise() {
    double ratio = ratio(Contender.ADAPTIVE, Contender.ADAPTIVE_AGAIN);
    return Math.max(ratio, 1 / ratio);
  }

  /** Whether a node received what it has no recipient of, though all was targeted. */
  boolean isNeedless() {
    return turns(Contender.TARGETED).stream().anyMatch(turn -> turn.needless() > 0);
  }
}
