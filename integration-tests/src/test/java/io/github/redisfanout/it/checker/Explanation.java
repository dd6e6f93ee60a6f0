package io.github.redisfanout.it.checker;

/** Why a published message did not reach a slot. */
public enum Explanation {
  /** No session was open when it was published. */
  NOT_OPEN,
  /** The session has ended, and received nothing later. */
  SESSION_ENDED,
  /** It was published in a gap that the node reported. */
  GAP,
  /** The slot's queue, or one of its node's delivery buffers, was full: the node counted it. */
  DROPPED,
  NONE
}
