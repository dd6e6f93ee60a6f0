package io.github.redisfanout.benchmarks.soak;

import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.benchmarks.soak.books.Books;
import io.github.redisfanout.benchmarks.soak.books.Finding;
import io.github.redisfanout.benchmarks.soak.books.Findings;
import io.github.redisfanout.benchmarks.soak.books.Outcome;
import io.github.redisfanout.benchmarks.soak.books.Totals;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** What is printed, and the audit of the nodes' counters. */
final class Report {
  private final Books books;
  private final Findings findings;
  private final FaultLog faults;
  private final List<Node> nodes;
  private final int publishersOfANode;
  private final long seed;
  private final Instant begun = Instant.now();

  Report(
      Books books,
      Findings findings,
      FaultLog faults,
      List<Node> nodes,
      int publishersOfANode,
      long seed) {
    this.books = books;
    this.findings = findings;
    this.faults = faults;
    this.nodes = nodes;
    this.publishersOfANode = publishersOfANode;
    this.seed = seed;
  }

  void progress() {
    Totals totals = books.totals();
    long megabytes = (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20;
    System.out.printf(
        Locale.ROOT,
        "%4d s: %,d published, %,d failed, %,d delivered, %,d in gaps, %,d dropped and told,"
            + " %d not explained yet, %d faults, %d MB%n",
        Duration.between(begun, Instant.now()).toSeconds(),
        totals.ended(Outcome.PUBLISHED),
        totals.ended(Outcome.REJECTED)
            + totals.ended(Outcome.EXPIRED)
            + totals.ended(Outcome.UNKNOWN),
        books.received(),
        totals.inGap(),
        totals.dropped() + totals.sessionEnded(),
        books.suspects(),
        faults.total(),
        megabytes);
    findings.offenders().stream().limit(1).forEach(one -> System.out.println("      " + one));
  }

  /** Compares the closed nodes' counters with the closed books. */
  void audit() {
    Totals totals = books.totals();
    int ofNode = publishersOfANode;
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      node.lives().forEach(life -> life.audit(findings));
      int first = i * ofNode;
      for (Outcome outcome : Outcome.values()) {
        long told = 0;
        for (int publisher = first; publisher < first + ofNode; publisher++) {
          told += totals.endedOf(publisher, outcome);
        }
        if (outcome != Outcome.TAKEN_BACK) { // which is in no counter
          long counted = sum(node, counters -> counted(counters, outcome));
          expect(node, outcome + " " + counted + ", publishers were told " + told, counted == told);
        }
      }
      long received = sum(node, FanoutCounters::received);
      long heard = totals.heardBy(i);
      expect(node, "received " + received + ", clients know " + heard, received >= heard);
      long sent = totals.ended(Outcome.PUBLISHED) + totals.ended(Outcome.UNKNOWN);
      expect(node, "received " + received + " of " + sent, received <= sent);
      long full = totals.droppedBy(i) - node.countedAsDropped();
      findings.add(
          Finding.UNEXPLAINED_LOSSES,
          full,
          node.user() + " did not count " + full + " that its full queues may have dropped");
    }
  }

  private static long counted(FanoutCounters counters, Outcome outcome) {
    return switch (outcome) {
      case PUBLISHED -> counters.published();
      case REJECTED -> counters.publishRejected();
      case EXPIRED -> counters.publishExpired();
      case UNKNOWN -> counters.publishUnknown();
      case TAKEN_BACK -> 0;
    };
  }

  private static long sum(Node node, ToLongFunction<FanoutCounters> count) {
    return node.lives().stream().mapToLong(life -> count.applyAsLong(life.counters())).sum();
  }

  private void expect(Node node, String words, boolean holds) {
    if (!holds) {
      findings.add(Finding.MISCOUNTED, node.user() + ": " + words);
    }
  }

  /** Prints everything; true if nothing was found. */
  boolean end() {
    findings.offenders().forEach(System.out::println);
    Totals totals = books.totals();
    for (Outcome outcome : Outcome.values()) {
      line(outcome.name(), totals.ended(outcome));
    }
    line("delivered", books.received());
    line("in_gap", totals.inGap());
    line("dropped_told", totals.dropped());
    line("session_ended", totals.sessionEnded());
    line("late_unknown", totals.lateUnknown());
    line("gaps", nodes.stream().mapToLong(node -> sum(node, FanoutCounters::gaps)).sum());
    line("node_lives", nodes.stream().mapToLong(node -> node.lives().size()).sum());
    line("faults", faults.total());
    faults.counts().forEach((kind, count) -> line("faults_" + kind, count));
    for (Finding finding : Finding.values()) {
      line(finding.name(), findings.count(finding));
    }
    line("seed", seed);
    return findings.isEmpty();
  }

  private static void line(String name, long value) {
    System.out.println(name.toLowerCase(Locale.ROOT) + "=" + value);
  }
}
