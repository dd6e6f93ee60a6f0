package io.github.redisfanout;

import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.ConnectionState;
import org.jspecify.annotations.Nullable;

/**
 * Sends {@link FanoutConfig.Builder#readyNotice} to each session once: when it is registered and
 * the node receives, whichever is later. Thread-safe; never waits.
 */
final class ReadyNotice {
  private final @Nullable TextPayload notice; // null: clients are sent nothing
  private final Lanes lanes;
  private volatile boolean receiving;

  ReadyNotice(@Nullable TextPayload notice, Lanes lanes) {
    this.notice = notice;
    this.lanes = lanes;
  }

  /** A session was registered. */
  void onOpen(FanoutSession session) {
    session.registered();
    TextPayload payload = notice;
    if (payload != null && receiving) {
      session.sendOnce(payload);
    }
  }

  /** The state may be the same as before. */
  void onReceiving(Direction now) {
    boolean before = receiving;
    receiving = now.state() == ConnectionState.UP;
    TextPayload payload = notice;
    if (payload != null && receiving && !before) {
      // Those opened meanwhile: a session is registered before it looks whether the node receives.
      lanes.forEachSession(session -> session.sendOnce(payload));
    }
  }
}
