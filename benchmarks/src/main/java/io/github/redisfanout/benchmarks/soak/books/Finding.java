package io.github.redisfanout.benchmarks.soak.books;

/** What must not happen. */
public enum Finding {
  /** Published, not received, and nobody was told. */
  UNEXPLAINED_LOSSES,
  /** Received twice on one seat, or an outcome came twice. */
  DUPLICATES,
  /** Received after a later message of the same publisher. */
  REORDERED,
  /** A node's own counters say something else. */
  MISCOUNTED,
  /** Received by somebody it was not addressed to, or after "it reached nobody". */
  WRONGLY_RECEIVED,
  /** The publisher was never told. */
  WITHOUT_OUTCOME,
  /** After the last fault the nodes did not come to rest, or a last message did not arrive. */
  NOT_AT_REST,
  /** A thread or connection is there after everything was closed. */
  LEFT_BEHIND
}
