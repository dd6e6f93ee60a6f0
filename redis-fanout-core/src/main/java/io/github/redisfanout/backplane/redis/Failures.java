package io.github.redisfanout.backplane.redis;

import java.util.LinkedHashSet;
import java.util.Set;

/** Describes failures of connections. */
final class Failures {
  private Failures() {}

  /** The messages of the exception and its causes, each once. */
  static String inWords(Throwable failure) {
    Set<String> messages = new LinkedHashSet<>();
    collect(failure, messages);
    return String.join(": ", messages);
  }

  // Jedis keeps the failures of each address of a host as suppressed exceptions.
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
