package io.github.redisfanout.benchmarks.soak;

/** The text of a message: who published it, its number, and a filling of various lengths. */
final class Text {
  private static final String FILLING = "x".repeat(4_096);

  private Text() {}

  /** Who published a message, and its number. */
  record Stamp(int publisher, long number) {}

  static String of(int publisher, long number) {
    String stamp = publisher + " " + number + " ";
    return stamp + FILLING.substring(0, filling(publisher, number));
  }

  // One in 64 is long; the others are short, and all lengths come.
  private static int filling(int publisher, long number) {
    long mixed = (number * 31 + publisher) * 0x9E3779B97F4A7C15L;
    int bits = (int) (mixed >>> 40);
    return (bits & 63) == 0 ? bits & 4_095 : (bits >>> 6) & 255;
  }

  /**
   * Reads what {@link #of} made, as JSON.
   *
   * @throws IllegalArgumentException if it is not exactly that
   */
  static Stamp read(String json) {
    int first = json.indexOf(' ');
    int second = json.indexOf(' ', first + 1);
    if (first < 2 || second < 0) {
      throw new IllegalArgumentException("not a message of ours, length " + json.length());
    }
    int publisher = Integer.parseInt(json, 1, first, 10);
    long number = Long.parseLong(json, first + 1, second, 10);
    if (json.length() != second + 2 + filling(publisher, number)) {
      throw new IllegalArgumentException(
          "message " + publisher + "#" + number + " has length " + json.length());
    }
    return new Stamp(publisher, number);
  }
}
