package io.github.redisfanout.backplane.redis;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What both directions do with a connection that failed. */
final class Failures {
  private Failures() {}

  /**
   * Ends a connection at once, even while another thread reads or writes it; null is no connection.
   */
  static void disconnect(@Nullable OneConnection connection) {
    if (connection != null) {
      connection.cut();
    }
  }

  /** What happened, from the exception and all behind it, each message once. */
  static String inWords(Throwable failure) {
    Set<String> messages = new LinkedHashSet<>();
    collect(failure, messages);
    return String.join(": ", messages);
  }

  // Jedis keeps what each address of a host answered in suppressed exceptions.
  private static void collect(Throwable failure, Set<String> messages) {
    messages.add(message(failure));
    for (Throwable suppressed : failure.getSuppressed()) {
      collect(suppressed, messages);
    }
    if (failure.getCause() != null) {
      collect(failure.getCause(), messages);
    }
  }

  private static String message(Throwable failure) {
    String message = failure.getMessage();
    if (message == null) {
      return failure.getClass().getSimpleName();
    }
    return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
  }
}
