package io.github.redisfanout.benchmarks.soak.books;

/** What settled messages come to. Not thread-safe. */
public final class Totals {
  private final long[][] outcomes; // by publisher and outcome
  private final long[] heard; // by node
  private final long[][] explained; // by node and explanation
  long lateUnknown;

  Totals(int publishers, int nodes) {
    outcomes = new long[publishers][Outcome.values().length];
    heard = new long[nodes];
    explained = new long[nodes][Explanation.values().length];
  }

  Totals copy() {
    Totals copy = new Totals(outcomes.length, heard.length);
    for (int i = 0; i < outcomes.length; i++) {
      copy.outcomes[i] = outcomes[i].clone();
    }
    for (int i = 0; i < heard.length; i++) {
      copy.heard[i] = heard[i];
      copy.explained[i] = explained[i].clone();
    }
    copy.lateUnknown = lateUnknown;
    return copy;
  }

  void ended(int publisher, Outcome outcome) {
    outcomes[publisher][outcome.ordinal()]++;
  }

  void heard(int node, boolean heardIt) {
    heard[node] += heardIt ? 1 : 0;
  }

  void explained(int node, Explanation explanation) {
    this.explained[node][explanation.ordinal()]++;
  }

  public long ended(Outcome outcome) {
    long sum = 0;
    for (int publisher = 0; publisher < outcomes.length; publisher++) {
      sum += endedOf(publisher, outcome);
    }
    return sum;
  }

  public long endedOf(int publisher, Outcome outcome) {
    return outcomes[publisher][outcome.ordinal()];
  }

  /** Messages that at least one seat of the node has received. */
  public long heardBy(int node) {
    return heard[node];
  }

  /** Not received because of a gap that was told; one for each seat. */
  public long inGap() {
    return explained(Explanation.GAP);
  }

  /** Not received because the session ended; one for each seat. */
  public long sessionEnded() {
    return explained(Explanation.SESSION_ENDED);
  }

  /** Not received by this node's seats because a queue or lane was full. */
  public long droppedBy(int node) {
    return explained[node][Explanation.DROPPED.ordinal()];
  }

  public long dropped() {
    return explained(Explanation.DROPPED);
  }

  /** Received late, as far as their publishers do not know whether they were received at all. */
  public long lateUnknown() {
    return lateUnknown;
  }

  private long explained(Explanation explanation) {
    long sum = 0;
    for (long[] ofNode : explained) {
      sum += ofNode[explanation.ordinal()];
    }
    return sum;
  }
}
