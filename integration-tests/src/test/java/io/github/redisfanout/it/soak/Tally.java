package io.github.redisfanout.it.soak;

import java.util.concurrent.atomic.LongAdder;

/** What was seen of one run of a node from outside, to be compared with the node's counters. */
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
