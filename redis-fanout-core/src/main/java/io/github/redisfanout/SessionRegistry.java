package io.github.redisfanout;

import java.util.Collection;

/**
 * This node's sessions by address. Must be thread-safe.
 *
 * <p>First and last are linearizable per address: between two calls that return "first" exactly one
 * returns "last". Test an implementation with {@code SessionRegistryContract} of the testkit.
 */
public interface SessionRegistry {

  /**
   * Adds a session, unless it is present.
   *
   * @return true if it is the address' first session on this node
   */
  boolean add(Address address, FanoutSession session);

  /**
   * Removes a session, if it is present.
   *
   * @return true if it was the address' last session on this node; the address is then forgotten
   */
  boolean remove(Address address, FanoutSession session);

  /** An immutable snapshot; empty if the address has no session here. */
  Collection<FanoutSession> sessions(Address address);

  /** The number of sessions, each counted once per address. */
  int sessionCount();
}
