package io.github.redisfanout.benchmarks.soak;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.benchmarks.soak.books.Books;
import io.github.redisfanout.benchmarks.soak.books.Findings;
import io.github.redisfanout.benchmarks.soak.books.Visit;
import java.time.Instant;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One user's client on one node; it comes back whenever its session has ended. Thread-safe. */
final class Client {
  private final int seat;
  private final String userId;
  private final boolean mayDrop;
  private final Books books;
  private final Findings findings;
  private final Executor completing;

  @GuardedBy("this")
  private @Nullable ClientTransport transport; // null before it came for the first time

  @GuardedBy("this")
  private @Nullable FanoutSession session; // null before it came for the first time

  @GuardedBy("this")
  private @Nullable Instant heldSince; // null unless it holds its writes

  /**
   * A client that is not there yet.
   *
   * @param mayDrop whether its node drops messages when its queue is full, and keeps it open
   * @param completing where its writes end
   */
  Client(
      int seat,
      String userId,
      boolean mayDrop,
      Books books,
      Findings findings,
      Executor completing) {
    this.seat = seat;
    this.userId = userId;
    this.mayDrop = mayDrop;
    this.books = books;
    this.findings = findings;
    this.completing = completing;
  }

  String userId() {
    return userId;
  }

  synchronized boolean isThere() {
    return transport != null && !transport.isEnded();
  }

  /** Opens a session if it has none; does nothing to one that is open. */
  synchronized void come(Life life) {
    if (isThere()) {
      return;
    }
    recover();
    Visit visit = books.visit(seat);
    ClientTransport fresh = new ClientTransport(visit, books, findings, life.tally(), completing);
    transport = fresh;
    life.tally().sessions.increment();
    session = life.fanout().open(userId, fresh);
    visit.opened(Instant.now());
  }

  /** Goes away by itself. */
  synchronized void leave() {
    ClientTransport open = transport;
    FanoutSession leaving = session;
    if (isThere() && open != null && leaving != null) {
      open.leaves();
      leaving.closed(null);
    }
  }

  /** The node is about to be closed, and the session with it. */
  synchronized void nodeCloses() {
    if (transport != null) {
      transport.ends();
    }
  }

  /** Takes one more message and says no more. */
  synchronized void becomeSlow() {
    if (transport != null && heldSince == null) {
      heldSince = Instant.now();
      transport.hold();
    }
  }

  /** Is no longer slow. */
  synchronized void recover() {
    if (transport != null && heldSince != null) {
      transport.release();
      if (mayDrop) {
        // What waits in the queue is written first, so it is full for a moment more.
        books.full(seat, heldSince, Instant.now().plusMillis(500));
      }
      heldSince = null;
    }
  }

  synchronized void failNext(ClientTransport.Failure failure) {
    if (transport != null) {
      transport.failNext(failure);
    }
  }
}
