package io.github.redisfanout;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Sends the clients of this node the notice that they may have missed something, if there is one.
 *
 * <p>The lanes get it behind what they have, so it comes before the first message after the gap.
 * Each lane finds its sessions itself, because the caller is the reading thread. Never refused:
 * there is one for each gap in receiving, and at most one for overloads in each lane. Thread-safe;
 * never waits.
 */
final class GapNotice {
  private final @Nullable TextPayload notice; // null: clients are sent nothing
  private final Lanes lanes;

  /** The lanes in which a notice of an overload waits: one that is stuck refuses for long. */
  private final Set<Lane> overloaded = ConcurrentHashMap.newKeySet();

  // Counts downwards, to differ from the numbers of messages.
  private final AtomicLong notices = new AtomicLong();

  GapNotice(@Nullable TextPayload notice, Lanes lanes) {
    this.notice = notice;
    this.lanes = lanes;
  }

  /** The node missed messages. */
  void sendToAll() {
    for (Lane lane : lanes.all()) {
      send(lane, () -> {});
    }
  }

  /** A lane refused messages; one notice follows all overloads up to then. */
  void sendTo(Lane lane) {
    if (notice != null && overloaded.add(lane)) {
      send(lane, () -> overloaded.remove(lane));
    }
  }

  private void send(Lane lane, Runnable first) {
    TextPayload payload = notice;
    if (payload != null) {
      long message = notices.decrementAndGet();
      lane.thread()
          .executeAfterDeliveries(
              () -> {
                first.run();
                lane.deliverToAll(message, payload);
              });
    }
  }
}
