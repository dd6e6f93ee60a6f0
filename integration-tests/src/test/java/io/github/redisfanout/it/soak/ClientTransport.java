package io.github.redisfanout.it.soak;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.Payload;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteCallback;
import io.github.redisfanout.it.checker.DeliveryChecker;
import io.github.redisfanout.it.checker.Finding;
import io.github.redisfanout.it.checker.Findings;
import io.github.redisfanout.it.checker.MessageText;
import io.github.redisfanout.it.checker.SessionRecord;
import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.Executor;

/** One client's connection: records what it receives, and can be slow or fail. Thread-safe. */
final class ClientTransport implements Transport {
  private enum Failure {
    NONE,
    THROWN,
    REPORTED
  }

  private final SessionRecord record;
  private final DeliveryChecker checker;
  private final Findings findings;
  private final Tally tally;
  private final Executor completing;

  // Guarded by this.
  private boolean holding;
  private WriteCallback held; // null unless a write waits for its end
  private Failure next = Failure.NONE;

  ClientTransport(
      SessionRecord record,
      DeliveryChecker checker,
      Findings findings,
      Tally tally,
      Executor completing) {
    this.record = record;
    this.checker = checker;
    this.findings = findings;
    this.tally = tally;
    this.completing = completing;
  }

  SessionRecord record() {
    return record;
  }

  @Override
  public void write(Payload payload, WriteCallback done) throws IOException {
    Failure failure;
    synchronized (this) {
      failure = next;
      next = Failure.NONE;
    }
    if (failure == Failure.THROWN) {
      tally.thrown.increment();
      throw new IOException("asked to throw");
    }
    if (failure == Failure.REPORTED) {
      done.failed(new IOException("asked to fail"));
      return;
    }
    tally.written.increment();
    receive(payload.text());
    synchronized (this) {
      if (holding) {
        held = done;
        return;
      }
    }
    completing.execute(done::ok);
  }

  private void receive(String json) {
    try {
      MessageText text = MessageText.read(json);
      checker.received(record, text.publisher(), text.number());
    } catch (IllegalArgumentException e) {
      findings.add(Finding.WRONGLY_RECEIVED, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close(Disconnect why, boolean force) {
    record.ended(Instant.now());
    tally.closed.increment();
  }

  /** From now on no write ends. */
  synchronized void hold() {
    holding = true;
  }

  void release() {
    WriteCallback done;
    synchronized (this) {
      holding = false;
      done = held;
      held = null;
    }
    if (done != null) {
      completing.execute(done::ok);
    }
  }

  synchronized void failNext(boolean throwing) {
    next = throwing ? Failure.THROWN : Failure.REPORTED;
  }

  void leaves() {
    record.ended(Instant.now());
    tally.left.increment();
  }
}
