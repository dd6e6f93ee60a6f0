package io.github.redisfanout.it.checker;

/** The text of a message: its publisher, its number, and a filling whose length it names. */
public record MessageText(int publisher, long number) {
  public static String of(int publisher, long number, int filling) {
    return publisher + " " + number + " " + filling + " " + "x".repeat(filling);
  }

  /**
   * Reads what {@link #of} made, as JSON.
   *
   * @throws IllegalArgumentException if it is not exactly that
   */
  public static MessageText read(String json) {
    String[] words = json.split("[ \"]", -1); // "", publisher, number, length, filling, ""
    if (words.length != 6 || words[4].length() != Integer.parseInt(words[3])) {
      throw new IllegalArgumentException("not a whole message: " + json);
    }
    return new MessageText(Integer.parseInt(words[1]), Long.parseLong(words[2]));
  }
}
