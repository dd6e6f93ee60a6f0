package io.github.redisfanout.it.checker;

import java.util.Arrays;

/** Counts the messages that were judged. Thread-safe. */
public final class Totals {
  private final long[][] outcomes; // by publisher and outcome
  private final long[] received; // by node
  private final long[][] explained; // by node and explanation
  private long lateUnknown;

  Totals(int publishers, int nodes) {
    outcomes = new long[publishers][Outcome.values().length];
    received = new long[nodes];
    explained = new long[nodes][Explanation.values().length];
  }

  synchronized void addEnded(int publisher, Outcome outcome) {
    outcomes[publisher][outcome.ordinal()]++;
  }

  synchronized void addReceived(int node) {
    received[node]++;
  }

  synchronized void addExplained(int node, Explanation explanation) {
    explained[node][explanation.ordinal()]++;
  }

  synchronized void addLateUnknown(int late) {
    lateUnknown += late;
  }

  public synchronized long ended(Outcome outcome) {
    return Arrays.stream(outcomes).mapToLong(of -> of[outcome.ordinal()]).sum();
  }

  public synchronized long ended(int publisher, Outcome outcome) {
    return outcomes[publisher][outcome.ordinal()];
  }

  /** Messages that at least one client of the node has received. */
  public synchronized long receivedBy(int node) {
    return received[node];
  }

  /** What was not received and why; one for each slot. */
  public synchronized long explained(Explanation explanation) {
    return Arrays.stream(explained).mapToLong(of -> of[explanation.ordinal()]).sum();
  }

  public synchronized long explained(int node, Explanation explanation) {
    return explained[node][explanation.ordinal()];
  }

  /** Received late, of messages whose publishers cannot know whether they were received at all. */
  public synchronized long lateUnknown() {
    return lateUnknown;
  }
}
