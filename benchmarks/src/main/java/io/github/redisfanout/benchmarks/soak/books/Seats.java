package io.github.redisfanout.benchmarks.soak.books;

/** Who sits where: one seat for each user on each node, 64 at most. */
public record Seats(int users, int nodes) {

  public Seats {
    if (users * nodes > Long.SIZE) {
      throw new IllegalArgumentException("there are 64 seats at most: " + users * nodes);
    }
  }

  public int count() {
    return users * nodes;
  }

  public int seat(int user, int node) {
    return user * nodes + node;
  }

  public int user(int seat) {
    return seat / nodes;
  }

  public int node(int seat) {
    return seat % nodes;
  }

  /** A bit for each seat of this user. */
  public long ofUser(int user) {
    long mask = 0;
    for (int node = 0; node < nodes; node++) {
      mask |= 1L << seat(user, node);
    }
    return mask;
  }

  long ofNode(int node) {
    long mask = 0;
    for (int user = 0; user < users; user++) {
      mask |= 1L << seat(user, node);
    }
    return mask;
  }
}
