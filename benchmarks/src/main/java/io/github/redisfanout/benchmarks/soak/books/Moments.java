package io.github.redisfanout.benchmarks.soak.books;

import java.time.Instant;

/** Instants as nanoseconds since 1970: millions of them are kept. */
final class Moments {
  static final long NEVER = Long.MAX_VALUE;

  private Moments() {}

  static long nanos(Instant instant) {
    return instant.getEpochSecond() * 1_000_000_000 + instant.getNano();
  }

  static String text(long nanos) {
    if (nanos == NEVER) {
      return "never";
    }
    return instant(nanos).toString().substring("2000-01-01T".length());
  }

  static Instant instant(long nanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, 1_000_000_000), Math.floorMod(nanos, 1_000_000_000));
  }
}
