package io.github.redisfanout;

import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Tells the clients of this node that they may have missed something, if that is configured.
 *
 * <p>Given to the lanes behind what they have, so it comes before the first message after the gap.
 * They look for their sessions themselves: who tells is the reading thread. Never refused: there is
 * one for each gap. Thread-safe; never waits.
 */
final class GapNotice {
  private final @Nullable TextPayload notice; // null: clients are told nothing
  private final Collection<FanoutSession> sessions;
  private final Lane[] lanes;

  // Counts downwards, to differ from the messages of the deliverer.
  private final AtomicLong notices = new AtomicLong();

  /** {@code sessions} is a live view of those that are open. */
  GapNotice(@Nullable TextPayload notice, Collection<FanoutSession> sessions, Lane[] lanes) {
    this.notice = notice;
    this.sessions = sessions;
    this.lanes = lanes;
  }

  void tellAll() {
    for (Lane lane : lanes) {
      tell(lane);
    }
  }

  void tell(Lane lane) {
    TextPayload payload = notice;
    if (payload != null) {
      long message = notices.decrementAndGet();
      lane.executeAfterDeliveries(() -> deliver(lane, message, payload));
    }
  }

  private void deliver(Lane lane, long message, TextPayload payload) {
    for (FanoutSession session : sessions) {
      if (session.laneNumber() == lane.number()) {
        session.deliver(message, payload);
      }
    }
  }
}
