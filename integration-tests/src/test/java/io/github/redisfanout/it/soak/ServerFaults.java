package io.github.redisfanout.it.soak;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Causes the faults of a plan at the servers, one after the other, on its own thread. */
abstract class ServerFaults implements AutoCloseable {
  private final List<Fault> plan;
  private final FaultLog log;
  private final Thread thread = Soak.daemon(this::run);
  private final CountDownLatch closed = new CountDownLatch(1);

  ServerFaults(List<Fault> plan, FaultLog log) {
    this.plan = plan;
    this.log = log;
  }

  /** Causes a fault; returns when it is over. */
  abstract void perform(Fault fault) throws Exception;

  /** Repairs what a fault may have left; called after each one. Default: does nothing. */
  void repair() {}

  /** Ends every fault; called at the end, also at an early one. Default: does nothing. */
  void endAll() {}

  void start() {
    thread.start();
  }

  /** Waits this long at most until all faults are over; true if they are. */
  boolean awaitEnd(Duration limit) throws InterruptedException {
    TimeUnit.NANOSECONDS.timedJoin(thread, limit.toNanos());
    return !thread.isAlive();
  }

  private void run() {
    try {
      for (Fault fault : plan) {
        last(fault.pauseMillis());
        log.perform(fault, () -> perform(fault));
        repair();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      endAll();
    }
  }

  /** Lets a fault last for this time, or throws when the soak is closed. */
  final void last(long millis) throws InterruptedException {
    if (closed.await(millis, TimeUnit.MILLISECONDS)) {
      throw new InterruptedException("closed");
    }
  }

  @Override
  public void close() throws InterruptedException {
    closed.countDown();
    thread.join();
  }
}
