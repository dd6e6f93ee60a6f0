package io.github.redisfanout.backplane.redis;

import static java.util.Objects.requireNonNullElse;

import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.Set;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Describes failures of connections, in words that say what to do. */
final class Failures {
  private Failures() {}

  /** The connection was lost before the login was answered: often the port is the wrong one. */
  static JedisConnectionException atLogin(JedisConnectionException failure, boolean tls) {
    Throwable cause = requireNonNullElse(failure.getCause(), failure);
    boolean timedOut = cause instanceof SocketTimeoutException;
    boolean closed =
        cause instanceof SocketException
            || String.valueOf(failure.getMessage()).startsWith("Unexpected end of stream");
    if (tls && timedOut) {
      return new JedisConnectionException(
          "no answer to the login; if this port does not speak TLS, use redis://", cause);
    }
    if (timedOut) {
      return new JedisConnectionException("no answer to the login", cause);
    }
    if (!tls && closed) {
      return new JedisConnectionException(
          "closed before the login was answered; if this port speaks TLS, use rediss://", cause);
    }
    return failure;
  }

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
    String message = message(failure);
    if (messages.stream().noneMatch(said -> said.contains(message))) {
      messages.add(message);
    }
    for (Throwable suppressed : failure.getSuppressed()) {
      collect(suppressed, messages, seen);
    }
    if (failure.getCause() != null) {
      collect(failure.getCause(), messages, seen);
    }
  }

  private static String message(Throwable failure) {
    String message = failure.getMessage();
    Throwable cause = failure.getCause();
    if (message == null) {
      return failure.getClass().getSimpleName();
    }
    if (cause != null && message.equals(cause.toString())) {
      return message(cause); // without the name of its class
    }
    if (failure instanceof UnknownHostException) {
      return "the host name cannot be resolved: " + message;
    }
    return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
  }
}
