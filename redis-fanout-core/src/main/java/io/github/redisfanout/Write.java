package io.github.redisfanout;

import org.jspecify.annotations.Nullable;

/** One write of a session, from before the transport is called to its report. Thread-safe. */
final class Write implements WriteCallback {
  private final FanoutSession session;
  private final TextPayload payload;
  private final long startedNanos = System.nanoTime();

  /**
   * The thread that is inside the call; null outside, and after a report from inside. Not guarded:
   * a thread only wants to know whether it is itself.
   */
  private @Nullable Thread caller;

  Write(FanoutSession session, TextPayload payload) {
    this.session = session;
    this.payload = payload;
  }

  long startedNanos() {
    return startedNanos;
  }

  /** Calls the transport; true if the write was reported as done meanwhile, by this thread. */
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

  /** True if this thread is inside the call, which then says that the write is done. */
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
