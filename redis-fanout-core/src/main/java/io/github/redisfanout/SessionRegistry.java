package io.github.redisfanout;

import java.util.Collection;

/**
 * This node's sessions by address. Must be thread-safe.
 *
 * <p>First and last are linearizable per address: between two calls that answer "first" there is
 * exactly one that answers "last". Implementations extend {@code SessionRegistryContract} of the
 * testkit in their tests.
 */
public interface SessionRegistry {

  /**
   * Adds a session; adding one that is there already changes nothing.
   *
   * @return true if it is the address' first session on this node
   */
  boolean add(Address address, FanoutSession session);

  /**
   * Removes a session; removing one that is not there changes nothing.
   *
   * @return true if it was the address' last session on this node; nothing of the address is kept
   */
  boolean remove(Address address, FanoutSession session);

  /** An immutable snapshot; empty if the address has no session here. */
  Collection<FanoutSession> sessions(Address address);

  /** Sessions in all, each counted once for each of its addresses. */
  int sessionCount();
}
