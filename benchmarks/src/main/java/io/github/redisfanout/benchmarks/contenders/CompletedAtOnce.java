package io.github.redisfanout.benchmarks.contenders;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.Payload;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteDone;

/** A client whose writes are done when they return. */
record CompletedAtOnce(Sink sink) implements Transport {
  @Override
  public void write(Payload payload, WriteDone done) {
    sink.receive(payload.text());
    done.ok();
  }

  @Override
  public void close(Disconnect why, boolean force) {}
}
