package io.github.redisfanout.it.checker;

/** What must not happen. */
public enum Finding {
  /** Published, not received, and nothing that the node reported explains it. */
  UNEXPLAINED_LOSSES,
  /** Received twice in one slot, or a second outcome of one publish. */
  DUPLICATES,
  /** Received after a later message of the same publisher. */
  REORDERED,
  /** A node's counters disagree with what was seen from outside. */
  MISCOUNTED,
  /** Received by a client it was not addressed to, or although its publish failed. */
  WRONGLY_RECEIVED,
  /** A publish that never ended, or ended in an unexpected way. */
  WITHOUT_OUTCOME,
  /** After the last fault the nodes did not recover, or a last message did not arrive. */
  NOT_AT_REST,
  /** A thread or connection is left after everything was closed. */
  LEFT_BEHIND
}
