package io.github.redisfanout;

import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.ConnectionState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Sends {@link FanoutConfig.Builder#outageNotice} to the clients of this node when it stops
 * receiving, and to those who come before it receives again. Thread-safe; never waits.
 */
final class OutageNotice {
  private static final int NONE = 0;

  private final @Nullable TextPayload notice; // null: clients are sent nothing
  private final Lanes lanes;

  /** The number of the present outage. Written under the monitor. */
  private volatile int current = NONE;

  private int outages; // guarded by this

  private boolean receiving; // guarded by this, as all below; false before the first time
  private boolean recovering; // a gap was reported, which is the end of an outage
  private Instant since = Instant.MIN; // of the last state

  OutageNotice(@Nullable TextPayload notice, Lanes lanes) {
    this.notice = notice;
    this.lanes = lanes;
  }

  /** Called at each change of the direction, perhaps with the same state. */
  synchronized void onReceiving(Direction now) {
    if (now.state() == ConnectionState.UP) {
      receiving = true;
      end();
    } else if (now.state() != ConnectionState.CLOSED) {
      boolean lostAgain = recovering && !now.since().equals(since);
      if (receiving || lostAgain) {
        receiving = false;
        begin();
      }
    }
    since = now.since();
  }

  /** A gap ends an outage, just before the state is UP: its own notice follows. */
  synchronized void onGap() {
    recovering = current != NONE;
    current = NONE;
  }

  private void end() {
    recovering = false;
    current = NONE;
  }

  private void begin() {
    TextPayload payload = notice;
    if (payload == null) {
      return;
    }
    recovering = false;
    int number = ++outages;
    current = number; // before the sessions are told: those that are opened meanwhile see it
    for (Lane lane : lanes.all()) {
      lane.sendToAll(session -> session.deliverOutage(number, payload));
    }
  }

  /** A session was opened; it gets the notice if there is an outage. */
  void onOpen(FanoutSession session) {
    TextPayload payload = notice;
    int number = current;
    if (payload != null && number != NONE) {
      lanes
          .get(session.laneNumber())
          .sendTo(
              session,
              () -> {
                // Else the notice of the gap has come, or is about to.
                if (number == current) {
                  session.deliverOutage(number, payload);
                }
              });
    }
  }
}
