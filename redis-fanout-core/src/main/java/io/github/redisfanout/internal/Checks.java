package io.github.redisfanout.internal;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** Checks of settings and ids; their messages name the rule and the value. */
public final class Checks {
  private static final Duration MIN = Duration.ofMillis(1);

  /** The longest that a timer counts in milliseconds as an int. */
  private static final Duration MAX = Duration.ofDays(24);

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

  /** The index of the first surrogate without its partner, or -1. */
  public static int indexOfUnpairedSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (Character.isHighSurrogate(c)
            && i + 1 < text.length()
            && Character.isLowSurrogate(text.charAt(i + 1))) {
          i++;
        } else {
          return i;
        }
      }
    }
    return -1;
  }
}
