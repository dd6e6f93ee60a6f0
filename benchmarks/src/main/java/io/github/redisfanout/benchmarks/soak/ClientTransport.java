package io.github.redisfanout.benchmarks.soak;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.Payload;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteDone;
import io.github.redisfanout.benchmarks.soak.books.Books;
import io.github.redisfanout.benchmarks.soak.books.Finding;
import io.github.redisfanout.benchmarks.soak.books.Findings;
import io.github.redisfanout.benchmarks.soak.books.Visit;
import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One client's connection: writes down what it receives, and can be slow or fail. Thread-safe. */
final class ClientTransport implements Transport {

  /** How the next write goes wrong. */
  enum Failure {
    THROWS,
    SAYS_SO
  }

  private final Visit visit;
  private final Books books;
  private final Findings findings;
  private final Tally tally;
  private final Executor completing;

  @GuardedBy("this")
  private boolean holding;

  @GuardedBy("this")
  private @Nullable WriteDone held; // null unless a write waits for its end

  @GuardedBy("this")
  private @Nullable Failure next; // null unless the next write is to fail

  ClientTransport(Visit visit, Books books, Findings findings, Tally tally, Executor completing) {
    this.visit = visit;
    this.books = books;
    this.findings = findings;
    this.tally = tally;
    this.completing = completing;
  }

  @Override
  public void write(Payload payload, WriteDone done) throws IOException {
    Failure failure;
    synchronized (this) {
      failure = next;
      next = null;
    }
    if (failure == Failure.THROWS) {
      tally.thrown.increment();
      throw new IOException("asked to throw");
    }
    if (failure == Failure.SAYS_SO) {
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
      Text.Stamp stamp = Text.read(json);
      books.received(visit, stamp.publisher(), stamp.number());
    } catch (IllegalArgumentException e) {
      findings.add(Finding.WRONGLY_RECEIVED, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close(Disconnect why, boolean force) {
    visit.ended(Instant.now());
    tally.closed.increment();
  }

  /** From now on no write ends. */
  synchronized void hold() {
    holding = true;
  }

  void release() {
    WriteDone done;
    synchronized (this) {
      holding = false;
      done = held;
      held = null;
    }
    if (done != null) {
      completing.execute(done::ok);
    }
  }

  synchronized void failNext(Failure failure) {
    next = failure;
  }

  boolean isEnded() {
    return visit.isEnded();
  }

  /** The client goes away, or the node will close. */
  void ends() {
    visit.ended(Instant.now());
  }

  void leaves() {
    ends();
    tally.left.increment();
  }
}
