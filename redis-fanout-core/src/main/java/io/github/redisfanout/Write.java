package io.github.redisfanout;

import org.jspecify.annotations.Nullable;

/** One write of a session, until its report. Thread-safe. */
final class Write implements WriteCallback {
  private final FanoutSession session;
  private final TextPayload payload;
  private final long startedNanos = System.nanoTime();

  /**
   * The thread inside the call; null outside, and after its report. Not guarded: a thread only
   * compares it with itself.
   */
  private @Nullable Thread caller;

  Write(FanoutSession session, TextPayload payload) {
    this.session = session;
    this.payload = payload;
  }

  long startedNanos() {
    return startedNanos;
  }

  /** Calls the transport; true if this thread reported the write as done during the call. */
  boolean call(Transport transport) {
    caller = Thread.currentThread();
    try {
      transport.write(payload, this);
    } catch (Exception | Error e) {
      session.notWritten(this, true);
    }
    boolean complete = caller == null;
    caller = null;
    return complete;
  }

  /** True if this thread is inside the call, which then returns that the write is done. */
  boolean endsItsOwnCall() {
    boolean inside = caller == Thread.currentThread();
    if (inside) {
      caller = null;
    }
    return inside;
  }

  @Override
  public void ok() {
    session.written(this);
  }

  @Override
  public void failed(Throwable cause) {
    session.notWritten(this, false);
  }
}
