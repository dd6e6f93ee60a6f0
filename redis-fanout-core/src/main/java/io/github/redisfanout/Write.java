package io.github.redisfanout;

import org.jspecify.annotations.Nullable;

/** One write of a session, until its report. Thread-safe. */
final class Write implements WriteCallback, LaneThread.Call {
  private final FanoutSession session;
  private final TextPayload payload;
  private final Thread thread = Thread.currentThread(); // begun where it is called
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

  @Override
  public void ok() {
    session.written(this);
  }

  @Override
  public void failed(Throwable cause) {
    session.notWritten(this, cause, false);
  }
}
