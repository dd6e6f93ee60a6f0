package io.github.redisfanout.benchmarks.soak.books;

/** Why a published message did not reach a seat. */
enum Explanation {
  /** No session was open when it was published. */
  NOT_OPEN,
  /** The session has ended, and received nothing later. */
  SESSION_ENDED,
  /** It was published in a span that the node said to have been deaf in. */
  GAP,
  /** The node counted dropped messages, and this may be one: the seat or its lane was full. */
  DROPPED,
  NONE
}
