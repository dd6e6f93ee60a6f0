package io.github.redisfanout;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

  GapNotice(@Nullable TextPayload notice, Lanes lanes) {
    this.notice = notice;
    this.lanes = lanes;
  }

  /** The node missed messages. */
  void sendToAll() {
    lanes.all().forEach(this::send);
  }

  /** The lane refused messages; one notice stands for all overloads before it. */
  void sendTo(Lane lane) {
    if (notice != null && overloaded.add(lane)) {
      lane.thread().add(LaneWork.of(() -> overloaded.remove(lane), 0));
      send(lane);
    }
  }

  private void send(Lane lane) {
    TextPayload payload = notice;
    if (payload != null) {
      lane.sendToAll(session -> session.deliverNotice(payload));
    }
  }
}
