package io.github.redisfanout.jakarta;

import io.github.redisfanout.internal.Log;
import jakarta.websocket.Session;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps clients that do not read from holding Tomcat's request threads; thread-safe.
 *
 * <p>Tomcat answers a ping or close on a request thread, which waits up to 20 s while a message to
 * this client is on its way, and then cuts the connection. A stuck client should hold no thread for
 * long; one that is only slow should not be cut. They look the same, so a few may wait longer.
 */
final class TomcatThreads {
  /** How many sessions may hold a thread for the longer time. */
  static final int PATIENT = 4;

  private static final String TIMEOUT = "org.apache.tomcat.websocket.BLOCKING_SEND_TIMEOUT";
  private static final Long SHORT_MILLIS = 250L;

  /** Enough for a client that reads 50 KB/s in the middle of a message of 1 MB. */
  private static final Long LONG_MILLIS = 3_000L;

  private static final Logger log = LoggerFactory.getLogger(Log.CATEGORY);

  private final Set<Session> writing = ConcurrentHashMap.newKeySet();
  private final AtomicInteger writes = new AtomicInteger();

  /** Whether a session is Tomcat's, and the application has not set this limit itself. */
  boolean limits(Session session) {
    return session.getClass().getName().startsWith("org.apache.tomcat.")
        && session.getUserProperties().putIfAbsent(TIMEOUT, SHORT_MILLIS) == null;
  }

  /** Only for a session that it limits. */
  void writeBegins(Session session) {
    if (writing.add(session) && writes.incrementAndGet() <= PATIENT) {
      limit(session, LONG_MILLIS);
    }
  }

  /** May be called more than once. */
  void writeEnded(Session session) {
    if (!writing.remove(session)) {
      return;
    }
    limit(session, SHORT_MILLIS);
    if (writes.decrementAndGet() == PATIENT) {
      writing.forEach(slow -> limit(slow, LONG_MILLIS)); // what a burst of writes has left over
    }
  }

  private static void limit(Session session, Long millis) {
    try {
      session.getUserProperties().put(TIMEOUT, millis);
    } catch (RuntimeException e) {
      log.debug("Tomcat refused a limit", e); // closed already, as a rule
    }
  }
}
