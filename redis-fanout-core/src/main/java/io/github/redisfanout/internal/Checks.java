package io.github.redisfanout.internal;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** Checks of settings and ids. */
public final class Checks {
  private static final Duration MIN = Duration.ofMillis(1);

  private static final Duration MAX = Duration.ofDays(24); // as milliseconds it fits into an int

  private Checks() {}

  public static long atLeast(long least, String name, long value) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be at least " + least + ": " + value);
    }
    return value;
  }

  public static int atLeast(int least, String name, int value) {
    return (int) atLeast((long) least, name, (long) value);
  }

  /** A duration of 1 ms to 24 days. */
  public static Duration positive(String name, Duration value) {
    requireNonNull(value, () -> name + " == null");
    if (value.compareTo(MIN) < 0 || value.compareTo(MAX) > 0) {
      throw new IllegalArgumentException(name + " must be 1 ms to 24 days: " + value);
    }
    return value;
  }

  public static void noUnpairedSurrogate(String name, String text) {
    int broken = indexOfUnpairedSurrogate(text);
    if (broken >= 0) {
      throw new IllegalArgumentException(
          name + " must not have an unpaired surrogate: at index " + broken);
    }
  }

  /** The index of the first unpaired surrogate, or -1. */
  public static int indexOfUnpairedSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      int codePoint = text.codePointAt(i);
      if (Character.isSupplementaryCodePoint(codePoint)) {
        i++;
      } else if (Character.isSurrogate((char) codePoint)) {
        return i;
      }
    }
    return -1;
  }
}
