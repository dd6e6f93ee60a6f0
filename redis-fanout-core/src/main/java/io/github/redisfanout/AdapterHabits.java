package io.github.redisfanout;

import static io.github.redisfanout.internal.Log.log;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What an adapter has ever reported of its sessions, to find one that forgets to. Such a node seems
 * healthy, while its sessions end one after the other. Warns once of each. Thread-safe.
 */
final class AdapterHabits {
  /** So many sessions end by this side before an adapter is said to miss that clients leave. */
  private static final int MANY = 100;

  private final String transport;
  private volatile boolean reportsWrites;
  private volatile boolean touches;
  private volatile boolean noticesEnds;
  private final AtomicInteger endedHere = new AtomicInteger();
  private final AtomicBoolean warnedOfWrites = new AtomicBoolean();
  private final AtomicBoolean warnedOfTouches = new AtomicBoolean();
  private final AtomicBoolean warnedOfEnds = new AtomicBoolean();

  /** The habits of the adapter that makes transports of this class. */
  AdapterHabits(Class<?> transport) {
    this.transport = transport.getName();
  }

  void writeReported() {
    if (!reportsWrites) { // a read is cheaper, and sessions share this
      reportsWrites = true;
    }
  }

  void touched() {
    if (!touches) {
      touches = true;
    }
  }

  void endNoticed() {
    if (!noticesEnds) {
      noticesEnds = true;
    }
  }

  /** This side has closed a session. */
  void closed(Disconnect why) {
    if (why.equals(Disconnect.WRITE_TIMEOUT) && !reportsWrites) {
      warn(
          warnedOfWrites,
          "has never reported the end of a write, so all its sessions end by the write timeout:"
              + " call ok or failed of the WriteCallback");
    } else if (why.equals(Disconnect.SILENT) && !touches) {
      warn(
          warnedOfTouches,
          "pings its clients, but touch of FanoutSession was never called, so all its sessions end"
              + " by the silence limit: call it for everything that comes from a client");
    } else if ((why.equals(Disconnect.SILENT) || why.equals(Disconnect.WRITE_FAILED))
        && endedHere.incrementAndGet() >= MANY
        && !noticesEnds) {
      warn(
          warnedOfEnds,
          "has never reported that a client has gone, so sessions stay until a write or a ping"
              + " fails: call clientLeft or clientLost of FanoutSession");
    }
  }

  private void warn(AtomicBoolean warned, String what) {
    if (warned.compareAndSet(false, true)) {
      log.warn("The adapter with {} {}", transport, what);
    }
  }
}
