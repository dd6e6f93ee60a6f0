package io.github.redisfanout.benchmarks.soak;

import java.util.concurrent.atomic.LongAdder;

/** What this side counts of one life of a node, to be compared with the node's own counters. */
final class Tally {
  /** Writes that a transport took and did not let fail. */
  final LongAdder written = new LongAdder();

  /** Writes whose transport threw. */
  final LongAdder thrown = new LongAdder();

  final LongAdder sessions = new LongAdder();

  /** Sessions whose client left by itself, as far as it knows. */
  final LongAdder left = new LongAdder();

  /** Sessions whose transport the node closed. */
  final LongAdder closed = new LongAdder();

  final LongAdder gaps = new LongAdder();
  final LongAdder disconnects = new LongAdder();
}
