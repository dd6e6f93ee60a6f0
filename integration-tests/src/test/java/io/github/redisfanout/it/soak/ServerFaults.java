package io.github.redisfanout.it.soak;

import java.time.Duration;

/** Causes the faults of the servers, one after the other, on a thread of its own. */
interface ServerFaults extends AutoCloseable {
  void start();

  /** Waits this long at most until all faults are over; true if they are. */
  boolean awaitEnd(Duration limit) throws InterruptedException;

  @Override
  void close() throws InterruptedException;
}
