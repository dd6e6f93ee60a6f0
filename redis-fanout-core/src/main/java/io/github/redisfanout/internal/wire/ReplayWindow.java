package io.github.redisfanout.internal.wire;

import java.util.Arrays;

/**
 * Remembers which of one sender's latest messages have come. Not thread-safe. Numbers may come out
 * of order, because several threads publish. A number too far behind the highest one counts as
 * known, as in RFC 6479.
 */
final class ReplayWindow {
  /** In messages; takes 8 KiB. */
  static final int LENGTH = 1 << 16;

  private final long[] seen = new long[LENGTH / Long.SIZE]; // a bit each, at number % LENGTH
  private long highest = -1; // -1 before the first one
  private long lastUsedMillis;

  /** Adds a number, not negative; false if it is known. */
  boolean add(long number, long nowMillis) {
    lastUsedMillis = nowMillis;
    if (number > highest) {
      forget(highest + 1, number);
      highest = number;
    } else if (highest - number >= LENGTH || isSeen(number)) {
      return false;
    }
    seen[word(number)] |= 1L << number;
    return true;
  }

  /** Clears the places of these numbers, which older ones had. */
  private void forget(long from, long to) {
    if (to - from >= LENGTH) {
      Arrays.fill(seen, 0);
      return;
    }
    for (long number = from; number <= to; number++) {
      seen[word(number)] &= ~(1L << number);
    }
  }

  private boolean isSeen(long number) {
    return (seen[word(number)] & 1L << number) != 0;
  }

  private static int word(long number) {
    return (int) (number % LENGTH) / Long.SIZE;
  }

  long lastUsedMillis() {
    return lastUsedMillis;
  }
}
