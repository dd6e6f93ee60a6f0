package io.github.redisfanout.it.soak;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** All faults of one run, made from the seed alone: the same seed, the same faults. */
final class FaultPlan {
  private FaultPlan() {}

  /** Faults of Redis and of the connections to it. */
  static List<Fault> redisFaults(long seed, long millis, int nodes) {
    List<FaultKind> kinds = new ArrayList<>();
    for (FaultKind kind : FaultKind.values()) {
      if (kind.isOfRedis()) {
        kinds.add(kind);
      }
    }
    kinds.add(FaultKind.STALL_THEN_CUT_WITHIN); // the one that best shows a gap that is too short
    return plan(kinds, nodes, 300, 1_500, new Random(seed), millis);
  }

  /** So many failovers and the like. */
  static List<Fault> failovers(long seed, int count) {
    List<FaultKind> kinds =
        Arrays.stream(FaultKind.values()).filter(FaultKind::isOfSentinels).toList();
    return plan(kinds, 1, 500, 3_000, new Random(seed), Long.MAX_VALUE, count);
  }

  /** Faults of nodes and clients: some come more often than others. */
  static List<Fault> nodeFaults(long seed, long millis, int nodes) {
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
    return plan(kinds, nodes, 50, 900, new Random(seed + 1), millis);
  }

  // All kinds in a random order, again and again: so each comes soon, and as often as the others.
  private static List<Fault> plan(
      List<FaultKind> kinds, int nodes, int minPause, int maxPause, Random random, long millis) {
    return plan(kinds, nodes, minPause, maxPause, random, millis, Integer.MAX_VALUE);
  }

  private static List<Fault> plan(
      List<FaultKind> kinds,
      int nodes,
      int minPause,
      int maxPause,
      Random random,
      long millis,
      int count) {
    List<Fault> faults = new ArrayList<>();
    List<FaultKind> left = new ArrayList<>();
    long planned = 0;
    while (planned < millis && faults.size() < count) {
      if (left.isEmpty()) {
        left.addAll(kinds);
        Collections.shuffle(left, random);
      }
      FaultKind kind = left.remove(left.size() - 1);
      int pause = random.nextInt(minPause, maxPause + 1);
      int lasting = random.nextInt(kind.minMillis, kind.maxMillis + 1);
      int choice = random.nextInt(Integer.MAX_VALUE);
      faults.add(new Fault(pause, kind, random.nextInt(nodes), lasting, choice));
      planned += pause + (kind.isOfRedis() ? lasting : 0);
    }
    return faults;
  }
}
