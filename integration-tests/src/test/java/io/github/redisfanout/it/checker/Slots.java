package io.github.redisfanout.it.checker;

/**
 * Numbers the clients: one slot for each user on each node, 64 at most. A set of them is a long.
 */
public record Slots(int users, int nodes) {
  public Slots {
    if (users * nodes > Long.SIZE) {
      throw new IllegalArgumentException("there are 64 slots at most: " + users * nodes);
    }
  }

  public int count() {
    return users * nodes;
  }

  public int slot(int user, int node) {
    return user * nodes + node;
  }

  public int node(int slot) {
    return slot % nodes;
  }

  /** A bit for each slot of this user. */
  public long ofUser(int user) {
    long mask = 0;
    for (int node = 0; node < nodes; node++) {
      mask |= 1L << slot(user, node);
    }
    return mask;
  }

  /** A bit for each slot. */
  public long all() {
    return -1L >>> (Long.SIZE - count());
  }

  long ofNode(int node) {
    long mask = 0;
    for (int user = 0; user < users; user++) {
      mask |= 1L << slot(user, node);
    }
    return mask;
  }

  String describe(int slot) {
    return "user " + slot / nodes + " on node " + node(slot);
  }
}
