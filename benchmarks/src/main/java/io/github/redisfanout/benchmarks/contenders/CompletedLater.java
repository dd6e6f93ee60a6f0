package io.github.redisfanout.benchmarks.contenders;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.Payload;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteDone;

/** A client whose writes are done a moment later, on another thread. */
record CompletedLater(Sink sink, Completer completer) implements Transport {
  @Override
  public void write(Payload payload, WriteDone done) {
    sink.receive(payload.text());
    completer.later(done::ok);
  }

  @Override
  public void close(Disconnect why, boolean force) {}
}
