package io.github.redisfanout;

/**
 * How much a test that tries many cases tries; 100 % unless the property {@code tests.effort} says
 * otherwise. Mutation testing, which runs such a test hundreds of times, asks for less.
 */
public final class Effort {
  private static final int PERCENT = Integer.getInteger("tests.effort", 100);

  private Effort() {}

  /** So many of these cases. */
  public static int of(int cases) {
    return Math.max(1, (int) ((long) cases * PERCENT / 100));
  }

  /** Every so many of the cases that could be tried one by one. */
  public static int step() {
    return Math.max(1, 100 / PERCENT);
  }
}
