package io.github.redisfanout;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Sends {@link FanoutConfig.Builder#gapNotice} to the clients of this node. A lane delivers it
 * after its waiting messages, before the first one after the gap. Never refused: there is one for
 * each gap in receiving, and at most one for an overload in each lane. Thread-safe; never waits.
 */
final class GapNotice {
  private final @Nullable TextPayload notice; // null: clients are sent nothing
  private final Lanes lanes;

  /** The lanes in which a notice of an overload waits, because a stuck lane stays overloaded. */
  private final Set<Lane> overloaded = ConcurrentHashMap.newKeySet();

  private final AtomicLong notices;

  /** {@code notices} numbers the notices of a node downwards, to differ from its messages. */
  GapNotice(@Nullable TextPayload notice, Lanes lanes, AtomicLong notices) {
    this.notice = notice;
    this.lanes = lanes;
    this.notices = notices;
  }

  /** The node missed messages. */
  void sendToAll() {
    for (Lane lane : lanes.all()) {
      send(lane, () -> {});
    }
  }

  /** The lane refused messages; one notice stands for all overloads before it. */
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
