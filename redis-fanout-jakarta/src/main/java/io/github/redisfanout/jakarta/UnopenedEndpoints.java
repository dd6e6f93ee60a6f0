package io.github.redisfanout.jakarta;

import static io.github.redisfanout.internal.Log.log;

import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;

/**
 * Finds endpoints that let clients in and never open a session for them: such clients are connected
 * and receive nothing. Warns once of each, at a later handshake. Thread-safe.
 */
final class UnopenedEndpoints {
  private static final long PATIENCE_NANOS = Duration.ofSeconds(10).toNanos();

  private record Handshake(String endpoint, long nanos) {}

  private final LongSupplier clock; // read as System.nanoTime is
  private final Queue<Handshake> unopened = new ConcurrentLinkedQueue<>();
  private final Set<String> opening = ConcurrentHashMap.newKeySet(); // they have, at least once
  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  UnopenedEndpoints(LongSupplier clock) {
    this.clock = clock;
  }

  /** A client was let in; its endpoint is to open a session. */
  void letIn(String endpoint) {
    long now = clock.getAsLong();
    reportUntil(now);
    if (!opening.contains(endpoint)) {
      unopened.add(new Handshake(endpoint, now));
    }
  }

  void opened(String endpoint) {
    opening.add(endpoint);
  }

  private void reportUntil(long now) {
    for (Handshake oldest = unopened.peek();
        oldest != null && now - oldest.nanos() >= PATIENCE_NANOS;
        oldest = unopened.peek()) {
      if (unopened.remove(oldest)
          && !opening.contains(oldest.endpoint())
          && reported.add(oldest.endpoint())) {
        log.warn(
            "{} has let a client in 10 s ago or more, and has never opened a session: its @OnOpen"
                + " must call onOpen of JakartaFanout",
            oldest.endpoint());
      }
    }
  }
}
