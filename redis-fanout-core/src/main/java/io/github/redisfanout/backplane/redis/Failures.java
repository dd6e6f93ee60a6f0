package io.github.redisfanout.backplane.redis;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.Set;

/** Describes failures of connections. */
final class Failures {
  private Failures() {}

  /** The messages of the exception and its causes, each once. */
  static String inWords(Throwable failure) {
    Set<String> messages = new LinkedHashSet<>();
    collect(failure, messages, Collections.newSetFromMap(new IdentityHashMap<>()));
    return String.join(": ", messages);
  }

  // Jedis keeps the failures of each address of a host as suppressed exceptions.
  private static void collect(Throwable failure, Set<String> messages, Set<Throwable> seen) {
    if (!seen.add(failure)) {
      return; // an application's exceptions may go in a circle
    }
    messages.add(message(failure));
    for (Throwable suppressed : failure.getSuppressed()) {
      collect(suppressed, messages, seen);
    }
    if (failure.getCause() != null) {
      collect(failure.getCause(), messages, seen);
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
