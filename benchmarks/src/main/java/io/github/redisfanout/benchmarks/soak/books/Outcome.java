package io.github.redisfanout.benchmarks.soak.books;

/** How a publish ended, as its publisher was told. */
public enum Outcome {
  PUBLISHED,
  REJECTED,
  EXPIRED,
  UNKNOWN,
  /** Cancelled, and the library said that it was in time. */
  TAKEN_BACK;

  boolean reachesNobody() {
    return this != PUBLISHED && this != UNKNOWN;
  }
}
