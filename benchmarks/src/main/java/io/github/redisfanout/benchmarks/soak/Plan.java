package io.github.redisfanout.benchmarks.soak;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** All faults of one run, made from the seed alone: the same seed, the same faults. */
final class Plan {
  private final List<FaultKind> kinds;
  private final int nodes;
  private final int minPauseMillis;
  private final int maxPauseMillis;
  private final Random random;

  private Plan(
      List<FaultKind> kinds, int nodes, int minPauseMillis, int maxPauseMillis, long seed) {
    this.kinds = kinds;
    this.nodes = nodes;
    this.minPauseMillis = minPauseMillis;
    this.maxPauseMillis = maxPauseMillis;
    random = new Random(seed);
  }

  /** Faults of Redis and of the way to it. */
  static List<Fault> onTheWay(long seed, long millis, int nodes) {
    List<FaultKind> kinds = new ArrayList<>();
    for (FaultKind kind : FaultKind.values()) {
      if (kind.isOnTheWay()) {
        kinds.add(kind);
      }
    }
    kinds.add(FaultKind.STALL_THEN_CUT_WITHIN); // which a gap told too short is most seen by
    return new Plan(kinds, nodes, 300, 1_500, seed).make(millis);
  }

  /** Faults of nodes and clients: some come more often than others. */
  static List<Fault> atHome(long seed, long millis, int nodes) {
    List<FaultKind> kinds = new ArrayList<>(List.of(FaultKind.RESTART_NODE));
    for (int i = 0; i < 4; i++) {
      kinds.addAll(
          Arrays.asList(
              FaultKind.SLOW_CLIENT,
              FaultKind.SLOW_CLIENT,
              FaultKind.SLOW_CLIENTS,
              FaultKind.CLIENT_LEAVES,
              FaultKind.WRITE_FAILS,
              FaultKind.INTERRUPT));
    }
    return new Plan(kinds, nodes, 50, 900, seed + 1).make(millis);
  }

  // All kinds in a random order, again and again: so each comes soon, and as often as the others.
  private List<Fault> make(long millis) {
    List<Fault> faults = new ArrayList<>();
    List<FaultKind> left = new ArrayList<>();
    long planned = 0;
    while (planned < millis) {
      if (left.isEmpty()) {
        left.addAll(kinds);
        Collections.shuffle(left, random);
      }
      FaultKind kind = left.remove(left.size() - 1);
      int pause = between(minPauseMillis, maxPauseMillis);
      int lasting = between(kind.minMillis, kind.maxMillis);
      int choice = random.nextInt(Integer.MAX_VALUE);
      faults.add(new Fault(pause, kind, random.nextInt(nodes), lasting, choice));
      planned += pause + (kind.isOnTheWay() ? lasting : 0);
    }
    return faults;
  }

  private int between(int min, int max) {
    return min + random.nextInt(max - min + 1);
  }
}
