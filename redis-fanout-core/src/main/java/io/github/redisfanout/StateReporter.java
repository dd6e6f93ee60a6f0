package io.github.redisfanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.BackplaneEvent;
import io.github.redisfanout.backplane.BackplaneListener;
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

  /** Reports the events and the publishing state of a node without receiving connection. */
  static BackplaneListener ofPublishing(Notifier notifier) {
    StateReporter states = new StateReporter(notifier);
    return new BackplaneListener() {
      @Override
      public void onStatus(BackplaneStatus status) {
        states.publishing(status.publishing());
      }

      @Override
      public void onEvent(BackplaneEvent event) {
        notifier.report(listener -> listener.onBackplaneEvent(event));
      }
    };
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
