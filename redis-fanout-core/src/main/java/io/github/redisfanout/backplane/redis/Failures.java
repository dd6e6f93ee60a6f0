package io.github.redisfanout.backplane.redis;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;

/** What both directions do with a connection that failed. */
final class Failures {
  private Failures() {}

  /** Ends a connection at once, whoever reads or writes it; null is no connection. */
  static void disconnect(@Nullable Connection connection) {
    if (connection != null) {
      try {
        connection.forceDisconnect();
      } catch (IOException | RuntimeException e) {
        // It is gone either way.
      }
    }
  }

  /** The messages of the exception and its causes, each once. */
  static String inWords(Throwable failure) {
    StringBuilder words = new StringBuilder(message(failure));
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      if (words.indexOf(message(cause)) < 0) {
        words.append(": ").append(message(cause));
      }
    }
    return words.toString();
  }

  private static String message(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }
}
