package io.github.redisfanout;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One write of a session, until its report. Thread-safe. */
final class Write implements WriteCallback, LaneThread.Call {
  private final SessionWrites session;
  private final TextPayload payload;
  private final Thread thread = Thread.currentThread(); // begun where it is called
  private final long startedNanos = System.nanoTime();

  /**
   * The thread inside the call; null outside, and after its report. Not guarded: a thread only
   * compares it with itself.
   */
  private @Nullable Thread caller;

  /** Null while nobody waits; set under the session's lock, which the report takes, too. */
  private @Nullable CompletableFuture<@Nullable Void> reported;

  Write(SessionWrites session, TextPayload payload) {
    this.session = session;
    this.payload = payload;
  }

  @Override
  public long startedNanos() {
    return startedNanos;
  }

  @Override
  public Thread thread() {
    return thread;
  }

  @Override
  public String description() {
    return session.transport().getClass().getName() + ".write";
  }

  @Override
  public void abandon() {
    session.abandon(); // even if the write was reported: another one must not begin beside it
  }

  /**
   * Calls the transport; true if this thread reported the write as done during the call, and has
   * not been replaced on its lane.
   */
  boolean call(Transport transport, LaneThread lane) {
    caller = thread;
    lane.enter(this);
    try {
      transport.write(payload, this);
    } catch (Exception | Error e) {
      session.notWritten(this, e, true);
      completeReported();
    }
    boolean complete = caller == null;
    caller = null;
    return lane.leave(this) && complete;
  }

  /** True if this thread is inside the call, which then returns that the write is done. */
  boolean endsItsOwnCall() {
    boolean inside = caller == Thread.currentThread();
    if (inside) {
      caller = null;
    }
    return inside;
  }

  /** Completed by the report, which has not come yet; the caller holds the session's lock. */
  CompletableFuture<@Nullable Void> reported() {
    reported = new CompletableFuture<>();
    return reported;
  }

  private void completeReported() {
    if (reported != null) {
      reported.complete(null);
    }
  }

  @Override
  public void ok() {
    session.written(this);
    completeReported();
  }

  @Override
  public void failed(Throwable cause) {
    session.notWritten(this, cause, false);
    completeReported();
  }
}
