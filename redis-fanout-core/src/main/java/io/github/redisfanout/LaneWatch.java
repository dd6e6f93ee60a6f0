package io.github.redisfanout;

import io.github.redisfanout.internal.Warnings;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds transports that block their lane, although {@link Transport#write} must not wait. Reports
 * the call after a second. After the write timeout another thread goes on with the lane, so that
 * one client does not stop the sessions of all the others. Called by one timer.
 */
final class LaneWatch {
  static final Duration BLOCKED_AFTER = Duration.ofSeconds(1);

  private final Lanes lanes;
  private final Counters counters;
  private final long writeTimeoutNanos;
  private final long reportNanos;
  private final Warnings warnings = new Warnings();

  /** The call of each lane that was reported last. */
  private final Map<LaneThread, LaneThread.Call> reported = new HashMap<>();

  LaneWatch(FanoutConfig config, Lanes lanes, Counters counters) {
    this.lanes = lanes;
    this.counters = counters;
    writeTimeoutNanos = config.writeTimeout().toNanos();
    reportNanos = Math.min(writeTimeoutNanos, BLOCKED_AFTER.toNanos());
  }

  /** {@code now} is read as {@link System#nanoTime} is. */
  void check(long now) {
    for (Lane lane : lanes.all()) {
      check(lane.thread(), now);
    }
  }

  private void check(LaneThread lane, long now) {
    LaneThread.Call call = lane.call();
    if (call == null) {
      return;
    }
    long nanos = now - call.startedNanos();
    if (nanos >= reportNanos && reported.put(lane, call) != call) {
      counters.blockedWrites.increment();
      warnings.warn(
          "Lane {} is blocked in {}: a transport must not wait for its client, because the other"
              + " sessions of the lane wait, too; BlockingTransport is for one that has to",
          lane.number(),
          call.description(),
          stackOf(call.thread()));
    }
    if (nanos >= writeTimeoutNanos) {
      lane.replaceThread(call);
    }
  }

  static Throwable stackOf(Thread thread) {
    Throwable stack = new Throwable("where the thread is at this moment");
    stack.setStackTrace(thread.getStackTrace());
    return stack;
  }
}
