package io.github.redisfanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.ConnectionState;

/**
 * Reports each change of a direction's state to the listener, once and in order. Thread-safe. A
 * backplane may report the same state again, with another reason.
 */
final class StateReporter {
  private final Notifier notifier;

  @GuardedBy("this")
  private ConnectionState receiving = ConnectionState.IDLE;

  @GuardedBy("this")
  private ConnectionState publishing = ConnectionState.IDLE;

  StateReporter(Notifier notifier) {
    this.notifier = notifier;
  }

  /** The state that was reported last. */
  synchronized ConnectionState receiving() {
    return receiving;
  }

  void report(BackplaneStatus status) {
    receiving(status.receiving());
    publishing(status.publishing());
  }

  synchronized void receiving(Direction now) {
    if (receiving != ConnectionState.CLOSED && receiving != now.state()) {
      receiving = now.state();
      notifier.report(listener -> listener.onReceiving(now.state(), now.reason()));
    }
  }

  synchronized void publishing(Direction now) {
    if (publishing != ConnectionState.CLOSED && publishing != now.state()) {
      publishing = now.state();
      notifier.report(listener -> listener.onPublishing(now.state(), now.reason()));
    }
  }
}
