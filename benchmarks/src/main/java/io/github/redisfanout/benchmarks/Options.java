package io.github.redisfanout.benchmarks;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the command line says: {@code --name value}, each at most once. Not thread-safe. */
public final class Options {
  private final Map<String, String> given = new HashMap<>();
  private final Set<String> asked = new HashSet<>();

  Options(List<String> words) {
    for (int i = 0; i < words.size(); i += 2) {
      String word = words.get(i);
      if (!word.startsWith("--") || i + 1 == words.size()) {
        throw new IllegalArgumentException("options are --name value: " + word);
      }
      if (given.put(word.substring(2), words.get(i + 1)) != null) {
        throw new IllegalArgumentException("an option may be given once: " + word);
      }
    }
  }

  /** A number of at least 1. */
  public int number(String name, int otherwise) {
    String value = text(name, String.valueOf(otherwise));
    try {
      int number = Integer.parseInt(value.replace("_", ""));
      if (number >= 1) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException("--" + name + " must be a number of at least 1: " + value);
  }

  /** As {@link #number}, but 0 is an answer, too. */
  public int numberOrNone(String name, int otherwise) {
    return text(name, String.valueOf(otherwise)).equals("0") ? 0 : number(name, otherwise);
  }

  public String text(String name, String otherwise) {
    asked.add(name);
    return given.getOrDefault(name, otherwise);
  }

  /** Refuses options that nobody asked for: most likely a name is misspelt. */
  public void checkAllKnown() {
    for (String name : given.keySet()) {
      if (!asked.contains(name)) {
        throw new IllegalArgumentException("there is no option --" + name + " here: " + asked);
      }
    }
  }
}
