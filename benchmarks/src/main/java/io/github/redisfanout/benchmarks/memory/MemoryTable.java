package io.github.redisfanout.benchmarks.memory;

import io.github.redisfanout.benchmarks.Figures;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Prints what a session takes: one row a class, one column a phase. */
public final class MemoryTable {
  /** What takes less in every phase, in bytes per session, is not shown. */
  private static final double SHOWN = 0.5;

  private final int sessions;
  private final Heap start;
  private final List<Phase> phases;

  /** The first phase is what the others are compared with. */
  public MemoryTable(int sessions, List<Phase> phases) {
    this.sessions = sessions;
    this.start = phases.get(0).heap();
    this.phases = phases.subList(1, phases.size());
  }

  void print(String caseName) {
    printClasses();
    Figures figures = new Figures();
    for (Phase phase : phases) {
      figures.put("memory_" + caseName + "_" + phase.name() + "_bytes_per_session", bytes(phase));
    }
    figures.print();
  }

  /** The table alone. */
  public void printClasses() {
    StringBuilder header =
        new StringBuilder(format("%-66s %11s", "bytes per session", "instances"));
    phases.forEach(phase -> header.append(format(" %13s", phase.name())));
    System.out.println(header);
    Set<String> names = new HashSet<>(start.classes().keySet());
    phases.forEach(phase -> names.addAll(phase.heap().classes().keySet()));
    names.stream()
        .filter(name -> phases.stream().anyMatch(p -> Math.abs(bytes(name, p)) >= SHOWN))
        .sorted(Comparator.comparingDouble(this::mostBytes).reversed())
        .forEach(this::printClass);
    StringBuilder total = new StringBuilder(format("%-78s", "all of the heap"));
    phases.forEach(phase -> total.append(format(" %13.1f", bytes(phase))));
    System.out.println(total);
  }

  private void printClass(String name) {
    double instances = (double) phases.get(0).heap().more(name, start).count() / sessions;
    StringBuilder row = new StringBuilder(format("%-66s %11.2f", name, instances));
    phases.forEach(phase -> row.append(format(" %13.1f", bytes(name, phase))));
    System.out.println(row);
  }

  private double mostBytes(String name) {
    return phases.stream().mapToDouble(phase -> bytes(name, phase)).max().orElse(0);
  }

  private double bytes(String name, Phase phase) {
    return (double) phase.heap().more(name, start).bytes() / sessions;
  }

  private double bytes(Phase phase) {
    return (double) (phase.heap().used() - start.used()) / sessions;
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
