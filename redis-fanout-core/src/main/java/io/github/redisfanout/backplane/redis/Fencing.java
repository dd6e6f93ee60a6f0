package io.github.redisfanout.backplane.redis;

/**
 * Whether Redis is made to refuse publishes at a server that is no longer the master. More values
 * may be added.
 */
public enum Fencing {
  /** Wherever Redis lets us. */
  AUTO,
  /** Never: a server that was replaced goes on taking messages, which reach few or no nodes. */
  OFF
}
