package io.github.redisfanout;

import static io.github.redisfanout.internal.Log.log;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** The transports of ended sessions that may still hold their connection. Thread-safe. */
final class Closing {
  private final Queue<Transport> transports = new ConcurrentLinkedQueue<>();
  private final LongAdder userCodeFailures;

  Closing(LongAdder userCodeFailures) {
    this.userCodeFailures = userCodeFailures;
  }

  void add(Transport transport) {
    transports.add(transport);
  }

  /** Forgets those whose connection is gone; returns how many are left. */
  int count() {
    transports.removeIf(transport -> !isClosing(transport));
    return transports.size();
  }

  private boolean isClosing(Transport transport) {
    try {
      return transport.isClosing();
    } catch (Throwable e) {
      userCodeFailures.increment();
      log.debug("A transport threw when it was asked whether it is closing", e);
      return false;
    }
  }
}
