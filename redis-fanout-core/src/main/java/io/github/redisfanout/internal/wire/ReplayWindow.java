package io.github.redisfanout.internal.wire;

import java.util.Arrays;

/**
 * Which of one sender's latest messages have come: each is new once.
 *
 * <p>Numbers may come a little out of order, as threads that publish at the same time overtake each
 * other. What is further behind the highest number than the window is long counts as known, as in
 * RFC 6479. Not thread-safe.
 */
final class ReplayWindow {
  /** In messages; takes 8 KiB. */
  static final int LENGTH = 1 << 16;

  private final long[] seen = new long[LENGTH / Long.SIZE]; // a bit each, at number % LENGTH
  private long highest = -1; // -1: none has come
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

  /** Makes room for these numbers, whose places older ones had. */
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
