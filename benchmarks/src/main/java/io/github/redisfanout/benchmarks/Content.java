package io.github.redisfanout.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** User ids and payloads for the measurements. */
public final class Content {
  private Content() {}

  /** User ids of 11 characters, each a string of its own. */
  public static List<String> userIds(int count) {
    return Arrays.asList(
        IntStream.range(0, count).mapToObj(Content::userId).toArray(String[]::new));
  }

  private static String userId(int number) {
    String digits = String.valueOf(number);
    return "user" + "0".repeat(7 - digits.length()) + digits;
  }

  /** A chat message in ASCII, as JSON of exactly this many bytes. */
  public static String json(int bytes) {
    return json(bytes, "the quick brown fox jumps over the lazy dog ");
  }

  /** A chat message that repeats {@code words}, as JSON of exactly this many bytes in UTF-8. */
  public static String json(int bytes, String words) {
    StringBuilder content = new StringBuilder();
    int room = bytes - message("").length();
    int wordsBytes = words.getBytes(StandardCharsets.UTF_8).length;
    if (room < 0) {
      throw new IllegalArgumentException("bytes must be at least " + (bytes - room) + ": " + bytes);
    }
    while (room >= wordsBytes) {
      content.append(words);
      room -= wordsBytes;
    }
    return message(content.append(".".repeat(room)).toString());
  }

  private static String message(String content) {
    return "{\"type\":\"message\",\"content\":\"" + content + "\"}";
  }
}
