package io.github.redisfanout.benchmarks;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.Payload;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteCallback;
import java.util.concurrent.atomic.LongAdder;

/** A client that does nothing but count; one object serves all sessions. Thread-safe. */
public final class CountingTransport implements Transport {
  private final LongAdder written = new LongAdder();

  @Override
  public void write(Payload payload, WriteCallback callback) {
    written.increment();
    callback.ok();
  }

  @Override
  public void close(Disconnect why, boolean force) {}

  public long written() {
    return written.sum();
  }
}
