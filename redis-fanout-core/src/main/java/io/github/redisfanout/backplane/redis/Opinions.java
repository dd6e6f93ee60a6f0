package io.github.redisfanout.backplane.redis;

import static java.util.Comparator.comparingLong;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the sentinels answered to one look-up, and what follows from it; immutable. A sentinel that
 * answered under two addresses counts once.
 */
final class Opinions {
  private final List<Opinion> opinions; // each sentinel's, once
  private final int total;

  /** {@code total} is the number of known sentinels, silent ones included. */
  Opinions(Collection<Opinion> opinions, int total) {
    this.opinions = distinct(opinions);
    this.total = total;
  }

  private static List<Opinion> distinct(Collection<Opinion> opinions) {
    Map<String, Opinion> bySentinel = new LinkedHashMap<>();
    List<Opinion> all = new ArrayList<>();
    for (Opinion opinion : opinions) {
      if (opinion.sentinel() == null) {
        all.add(opinion);
      } else {
        bySentinel.merge(opinion.sentinel(), opinion, Opinions::newer);
      }
    }
    all.addAll(bySentinel.values());
    return List.copyOf(all);
  }

  private static Opinion newer(Opinion one, Opinion other) {
    return other.master().configEpoch() > one.master().configEpoch() ? other : one;
  }

  int total() {
    return total;
  }

  /** How many sentinels have answered for certain. */
  int answered() {
    return count(opinion -> true);
  }

  /** How many sentinels name this master for certain. */
  int votesFor(Master candidate) {
    return count(opinion -> opinion.supports(candidate));
  }

  private int count(Predicate<Opinion> counted) {
    return (int)
        opinions.stream().filter(opinion -> opinion.sentinel() != null).filter(counted).count();
  }

  boolean isMajority(int votes) {
    return votes > total / 2;
  }

  /** Whether a majority names this master, and no sentinel that may be newer another one. */
  boolean confirm(Master candidate) {
    return isMajority(votesFor(candidate))
        && opinions.stream().noneMatch(opinion -> opinion.contradicts(candidate));
  }

  /** Whether all known sentinels have answered and name this master. */
  boolean areUnanimousFor(Master candidate) {
    return answered() >= total
        && opinions.stream().allMatch(opinion -> opinion.supports(candidate));
  }

  /**
   * The master to use: the one with the highest epoch, or else with the most votes.
   *
   * <p>A sentinel with an old opinion changes nothing: only a higher epoch replaces {@code
   * current}, or a majority of all known sentinels (which were reset or installed again).
   *
   * @param current the master used so far; null if there is none
   * @return null if there is none and no sentinel names one
   */
  @Nullable Master winner(@Nullable Master current) {
    Master best = best(opinions.stream().map(Opinion::master).toList(), current);
    if (best == null || current == null) {
      return best == null ? current : best.withRunId(mostNamedRunId(best));
    }
    if (isSame(best, current) || (best.hasAddressOf(current) && !best.hasEpoch())) {
      return current.withRunId(runIdOf(current));
    }
    if (current.hasEpoch() && best.configEpoch() > current.configEpoch()) {
      return best.withRunId(mostNamedRunId(best));
    }
    Master chosen =
        best(
            opinions.stream()
                .map(Opinion::master)
                .filter(candidate -> isMajority(votesFor(candidate)))
                .toList(),
            current);
    if (chosen == null) {
      return current;
    }
    return chosen.withRunId(
        chosen.hasAddressOf(current) ? runIdOf(current) : mostNamedRunId(chosen));
  }

  private @Nullable Master best(List<Master> candidates, @Nullable Master current) {
    return candidates.stream()
        .max(
            comparingLong(Master::configEpoch)
                .thenComparingInt(this::votesFor)
                .thenComparing(candidate -> current != null && isSame(candidate, current))
                .thenComparing(candidate -> candidate.address().toString()))
        .orElse(null);
  }

  private static boolean isSame(Master one, Master other) {
    return one.hasAddressOf(other) && one.configEpoch() == other.configEpoch();
  }

  /** The run id of a master that stays: a new one counts once a majority names it. */
  private String runIdOf(Master current) {
    String named = mostNamedRunId(current);
    int votes = count(opinion -> names(opinion, current, named));
    return current.runId().isEmpty() || (!named.isEmpty() && isMajority(votes))
        ? named
        : current.runId();
  }

  private String mostNamedRunId(Master candidate) {
    Map<String, Integer> votes = new HashMap<>();
    for (Opinion opinion : opinions) {
      String runId = opinion.master().runId();
      if (!runId.isEmpty() && names(opinion, candidate, runId)) {
        votes.merge(runId, 1, Integer::sum);
      }
    }
    return votes.entrySet().stream()
        .max(
            Comparator.comparingInt((Map.Entry<String, Integer> entry) -> entry.getValue())
                .thenComparing(Map.Entry::getKey))
        .map(Map.Entry::getKey)
        .orElse("");
  }

  private static boolean names(Opinion opinion, Master candidate, String runId) {
    return opinion.master().hasAddressOf(candidate) && opinion.master().runId().equals(runId);
  }
}
