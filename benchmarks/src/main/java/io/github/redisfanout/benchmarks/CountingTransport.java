package io.github.redisfanout.benchmarks;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.Payload;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteDone;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** A client that does nothing but count; one object serves all sessions. Thread-safe. */
public final class CountingTransport implements Transport {
  private final LongAdder written = new LongAdder();
  private final ConcurrentLinkedQueue<WriteDone> held = new ConcurrentLinkedQueue<>();
  private volatile boolean holding;

  @Override
  public void write(Payload payload, WriteDone done) {
    written.increment();
    if (holding) {
      held.add(done);
    } else {
      done.ok();
    }
  }

  @Override
  public void close(Disconnect why, boolean force) {}

  /** From now on no write is reported as done. */
  public void hold() {
    holding = true;
  }

  /** Reports what was held, and no longer holds. Nobody may write meanwhile. */
  public void release() {
    holding = false;
    for (WriteDone done = held.poll(); done != null; done = held.poll()) {
      done.ok();
    }
  }

  public long written() {
    return written.sum();
  }

  /** Waits until there have been so many writes. */
  public void awaitWritten(long count, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (written() < count) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(
            "only " + written() + " of " + count + " messages were written within " + limit);
      }
      LockSupport.parkNanos(20_000);
    }
  }
}
