package io.github.redisfanout;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Tells the clients of this node that they may have missed something, if that is configured.
 *
 * <p>Given to the lanes behind what they have, so it comes before the first message after the gap.
 * They look for their sessions themselves: who tells is the reading thread. Never refused: there is
 * one for each time that the node was deaf, and at most one for overloads in each lane.
 * Thread-safe; never waits.
 */
final class GapNotice {
  private final @Nullable TextPayload notice; // null: clients are told nothing
  private final Collection<FanoutSession> sessions;
  private final Lane[] lanes;

  /** The lanes in which a notice of an overload waits: one that is stuck refuses for long. */
  private final Set<Lane> overloaded = ConcurrentHashMap.newKeySet();

  // Counts downwards, to differ from the messages of the deliverer.
  private final AtomicLong notices = new AtomicLong();

  /** {@code sessions} is a live view of those that are open. */
  GapNotice(@Nullable TextPayload notice, Collection<FanoutSession> sessions, Lane[] lanes) {
    this.notice = notice;
    this.sessions = sessions;
    this.lanes = lanes;
  }

  /** The node was deaf. */
  void tellAll() {
    for (Lane lane : lanes) {
      tell(lane, () -> {});
    }
  }

  /** A lane refused something; its clients are told after all overloads up to then. */
  void tell(Lane lane) {
    if (notice != null && overloaded.add(lane)) {
      tell(lane, () -> overloaded.remove(lane));
    }
  }

  private void tell(Lane lane, Runnable first) {
    TextPayload payload = notice;
    if (payload != null) {
      long message = notices.decrementAndGet();
      lane.executeAfterDeliveries(
          () -> {
            first.run();
            deliver(lane, message, payload);
          });
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
