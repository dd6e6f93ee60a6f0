package io.github.redisfanout;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Which nodes there are, as {@link RedisFanout#nodes} found out; immutable. */
public final class Nodes {
  private final List<NodeInfo> answers;
  private final Set<String> missing;
  private final Set<String> lost;
  private final String reason;

  /** {@code reason}: why it is not known which are missing; empty if it is. */
  Nodes(
      Collection<NodeInfo> answers,
      Collection<String> missing,
      Collection<String> lost,
      String reason) {
    this.answers = answers.stream().sorted(Comparator.comparing(NodeInfo::id)).toList();
    this.missing = Set.copyOf(missing);
    this.lost = Set.copyOf(lost);
    this.reason = reason;
  }

  /** What the nodes answered, each once, ordered by their ids. Unmodifiable. */
  public List<NodeInfo> answers() {
    return answers;
  }

  /** The sessions of all nodes that have answered. */
  public long sessions() {
    return answers.stream().mapToLong(NodeInfo::sessions).sum();
  }

  /**
   * The ids of nodes that have not answered: they are live, or were so in the last five minutes and
   * were not closed. Unmodifiable; empty if they are not known.
   */
  public Set<String> missing() {
    return missing;
  }

  /**
   * Those of {@link #missing} that have not announced themselves for 15 s: they have crashed, are
   * frozen, or are cut off from Redis. Unmodifiable.
   */
  public Set<String> lost() {
    return lost;
  }

  /**
   * Whether {@link #missing} is known. False if the backplane has no directory of nodes, Redis does
   * not permit it or is away, or the question could not be published.
   */
  public boolean knowsMissing() {
    return reason.isEmpty();
  }

  /** Why {@link #knowsMissing} is false, for people; empty if it is true. */
  public String reason() {
    return reason;
  }

  @Override
  public String toString() {
    return "Nodes(%s answered, %s)"
        .formatted(
            answers.size(),
            knowsMissing() ? "missing " + new TreeSet<>(missing) : "missing not known: " + reason);
  }
}
