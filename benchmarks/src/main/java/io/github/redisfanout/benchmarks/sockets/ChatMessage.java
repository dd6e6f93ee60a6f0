package io.github.redisfanout.benchmarks.sockets;

import io.github.redisfanout.benchmarks.sockets.generator.Stamp;

/**
 * The payload: encoded by the default encoder, as an application's would be.
 *
 * @param sent when it was published, see {@link Stamp}; the clients expect it first
 * @param text as long as is needed
 */
public record ChatMessage(String sent, String text) {
  private static final int WITHOUT_TEXT =
      "{\"sent\":\"0000000000000000000\",\"text\":\"\"}".length();

  static final int SHORTEST = WITHOUT_TEXT + 1;

  /** Longer ones leave Tomcat as several frames, which the load generator does not read. */
  static final int LONGEST = 8_000;

  public static ChatMessage now(String text) {
    return new ChatMessage(Stamp.of(System.nanoTime()), text);
  }

  /** A text that makes a message of this length. */
  public static String textFor(int payloadChars) {
    return "x".repeat(payloadChars - WITHOUT_TEXT);
  }
}
