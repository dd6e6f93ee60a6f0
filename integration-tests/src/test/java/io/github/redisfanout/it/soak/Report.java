package io.github.redisfanout.it.soak;

import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.it.checker.DeliveryChecker;
import io.github.redisfanout.it.checker.Explanation;
import io.github.redisfanout.it.checker.Finding;
import io.github.redisfanout.it.checker.Findings;
import io.github.redisfanout.it.checker.Outcome;
import io.github.redisfanout.it.checker.Totals;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/** What is printed, and the audit of the nodes' counters. */
final class Report {
  private final DeliveryChecker checker;
  private final Findings findings;
  private final FaultLog faults;
  private final List<Node> nodes;
  private final int publishersOfANode;
  private final long seed;
  private final Instant begun = Instant.now();

  Report(
      DeliveryChecker checker,
      Findings findings,
      FaultLog faults,
      List<Node> nodes,
      int publishersOfANode,
      long seed) {
    this.checker = checker;
    this.findings = findings;
    this.faults = faults;
    this.nodes = nodes;
    this.publishersOfANode = publishersOfANode;
    this.seed = seed;
  }

  void progress() {
    System.out.printf(
        Locale.ROOT,
        "%4d s: %,d published, %,d delivered, %d faults, %d losses not explained yet%n",
        Duration.between(begun, Instant.now()).toSeconds(),
        checker.totals().ended(Outcome.PUBLISHED),
        checker.received(),
        faults.total(),
        checker.suspects());
    findings.offenders().stream().limit(1).forEach(one -> System.out.println("      " + one));
  }

  /** Compares the closed nodes' counters with what the closed checker has judged. */
  void audit() {
    Totals totals = checker.totals();
    long sent = totals.ended(Outcome.PUBLISHED) + totals.ended(Outcome.UNKNOWN);
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      node.runs().forEach(run -> run.audit(findings));
      expectOutcome(i, Outcome.PUBLISHED, FanoutCounters::published);
      expectOutcome(i, Outcome.REJECTED, FanoutCounters::publishRejected);
      expectOutcome(i, Outcome.EXPIRED, FanoutCounters::publishExpired);
      expectOutcome(i, Outcome.UNKNOWN, FanoutCounters::publishUnknown);
      // On the channels of two users a node receives a message twice.
      long most = sent * (targeted() > 0 ? PublishingThread.MAX_USERS : 1);
      expect(node, "received", sum(node, FanoutCounters::received), totals.receivedBy(i), most);
      long full = totals.explained(i, Explanation.DROPPED) - node.droppedAsFull();
      findings.add(
          Finding.UNEXPLAINED_LOSSES,
          full,
          node.user() + " did not count " + full + " that its full queues may have dropped");
    }
  }

  private void expectOutcome(int number, Outcome outcome, ToLongFunction<FanoutCounters> count) {
    int first = number * publishersOfANode;
    long seen =
        IntStream.range(first, first + publishersOfANode)
            .mapToLong(publisher -> checker.totals().ended(publisher, outcome))
            .sum();
    Node node = nodes.get(number);
    expect(node, outcome.name(), sum(node, count), seen, seen);
  }

  /** Messages that went out on the channels of their recipients. */
  long targeted() {
    return nodes.stream().mapToLong(node -> sum(node, FanoutCounters::targeted)).sum();
  }

  private static long sum(Node node, ToLongFunction<FanoutCounters> count) {
    return node.runs().stream().mapToLong(run -> count.applyAsLong(run.counters())).sum();
  }

  private void expect(Node node, String what, long counted, long min, long max) {
    if (counted < min || counted > max) {
      findings.add(
          Finding.MISCOUNTED,
          node.user() + ": " + what + " " + counted + ", not " + min + " to " + max);
    }
  }

  /** Prints everything; the findings at last. */
  void print() {
    findings.offenders().forEach(System.out::println);
    Totals totals = checker.totals();
    for (Outcome outcome : Outcome.values()) {
      line(outcome.name(), totals.ended(outcome));
    }
    line("targeted", targeted());
    line("delivered", checker.received());
    for (Explanation explanation : Explanation.values()) {
      line("missed_" + explanation, totals.explained(explanation));
    }
    line("late_unknown", totals.lateUnknown());
    line("node_runs", nodes.stream().mapToLong(node -> node.runs().size()).sum());
    line("faults", faults.total());
    faults.counts().forEach((kind, count) -> line("faults_" + kind, count));
    line("seed", seed);
    StringBuilder verdict = new StringBuilder();
    for (Finding finding : Finding.values()) {
      verdict.append(finding).append('=').append(findings.count(finding)).append(' ');
    }
    System.out.println(verdict.toString().strip().toLowerCase(Locale.ROOT));
  }

  private static void line(String name, long value) {
    System.out.println(name.toLowerCase(Locale.ROOT) + "=" + value);
  }
}
