package io.github.redisfanout.benchmarks.routing;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Recipients at random, made before the clock runs; the same for all contenders. */
final class Audiences {
  private static final int COUNT = 1_000;

  private final List<List<String>> users = new ArrayList<>();
  private final List<int[]> nodes = new ArrayList<>();
  private final int recipients;

  Audiences(Fleet fleet, int recipients, long seed) {
    this.recipients = recipients;
    Random random = new Random(seed);
    for (int i = 0; i < COUNT; i++) {
      Set<Integer> chosen = new LinkedHashSet<>();
      while (chosen.size() < recipients) {
        chosen.add(random.nextInt(fleet.users().size()));
      }
      users.add(chosen.stream().map(fleet.users()::get).toList());
      nodes.add(chosen.stream().mapToInt(fleet::nodeOf).toArray());
    }
  }

  /** How many recipients each has. */
  int recipients() {
    return recipients;
  }

  /** The recipients of a message; they repeat. */
  List<String> users(int message) {
    return users.get(message % COUNT);
  }

  /** How many recipients the first messages together have on each node. */
  long[] perNode(int messages, int nodeCount) {
    long[] sums = new long[nodeCount];
    for (int i = 0; i < COUNT; i++) {
      int times = messages / COUNT + (i < messages % COUNT ? 1 : 0);
      for (int node : nodes.get(i)) {
        sums[node] += times;
      }
    }
    return sums;
  }
}
