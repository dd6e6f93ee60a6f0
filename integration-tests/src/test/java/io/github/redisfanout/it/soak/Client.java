package io.github.redisfanout.it.soak;

import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.it.checker.DeliveryChecker;
import io.github.redisfanout.it.checker.Findings;
import io.github.redisfanout.it.checker.SessionRecord;
import java.time.Instant;
import java.util.concurrent.Executor;

/** One user's client on one node; it reconnects whenever its session has ended. Thread-safe. */
final class Client {
  private final int slot;
  private final String userId;
  private final boolean mayDrop;
  private final DeliveryChecker checker;
  private final Findings findings;
  private final Executor completing;

  // Guarded by this.
  private ClientTransport transport; // null before it connects for the first time, as is session
  private FanoutSession session;
  private Instant slowSince; // null unless it is slow

  /**
   * A client that is not connected yet.
   *
   * @param mayDrop whether its node drops messages when its queue is full, and keeps it open
   * @param completing where its writes end
   */
  Client(
      int slot,
      String userId,
      boolean mayDrop,
      DeliveryChecker checker,
      Findings findings,
      Executor completing) {
    this.slot = slot;
    this.userId = userId;
    this.mayDrop = mayDrop;
    this.checker = checker;
    this.findings = findings;
    this.completing = completing;
  }

  synchronized boolean isConnected() {
    return transport != null && !transport.record().isEnded();
  }

  /** Opens a session if it has none; does nothing to one that is open. */
  synchronized void connect(NodeRun run) {
    if (isConnected()) {
      return;
    }
    recover();
    SessionRecord record = checker.session(slot);
    transport = new ClientTransport(record, checker, findings, run.tally(), completing);
    run.tally().sessions.increment();
    session = run.fanout().open(userId, transport);
    session.ready().thenRun(() -> record.opened(Instant.now()));
  }

  /** Goes away by itself. */
  synchronized void leave() {
    if (isConnected()) {
      transport.leaves();
      session.clientLeft();
    }
  }

  /** The node is about to be closed, and the session with it. */
  synchronized void nodeCloses() {
    if (transport != null) {
      transport.record().ended(Instant.now());
    }
  }

  /** Takes one more message and completes no write until it recovers. */
  synchronized void becomeSlow() {
    if (transport != null && slowSince == null) {
      slowSince = Instant.now();
      transport.hold();
    }
  }

  synchronized void recover() {
    if (transport != null && slowSince != null) {
      transport.release();
      if (mayDrop) {
        // What waits in the queue is written first, so it is full for a moment more.
        checker.full(slot, slowSince, Instant.now().plusMillis(500));
      }
      slowSince = null;
    }
  }

  /** The next write throws, or fails later. */
  synchronized void failNext(boolean throwing) {
    if (transport != null) {
      transport.failNext(throwing);
    }
  }
}
