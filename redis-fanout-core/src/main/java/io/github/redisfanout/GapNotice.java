package io.github.redisfanout;

import io.github.redisfanout.internal.ChannelNames;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Sends {@link FanoutConfig.Builder#gapNotice} to the clients of this node. A lane delivers it
 * after its waiting messages, before the first one after the gap. Never refused: there is one for
 * each gap in receiving, and at most one for an overload in each lane. Thread-safe; never waits.
 */
final class GapNotice {
  private final @Nullable TextPayload notice; // null: clients are sent nothing
  private final Lanes lanes;
  private final ChannelNames names;

  /** The lanes in which a notice of an overload waits, because a stuck lane stays overloaded. */
  private final Set<Lane> overloaded = ConcurrentHashMap.newKeySet();

  GapNotice(@Nullable TextPayload notice, Lanes lanes, ChannelNames names) {
    this.notice = notice;
    this.lanes = lanes;
    this.names = names;
  }

  /** The node missed messages of these channels; of all if there are none. */
  void send(Set<String> channels) {
    Set<String> users = new HashSet<>();
    Set<String> groups = new HashSet<>();
    for (String channel : channels) {
      String user = names.userOf(channel);
      String group = names.groupOf(channel);
      if (user != null) {
        users.add(user);
      } else if (group != null) {
        groups.add(group);
      } else {
        users.clear(); // the common one: it concerns all
        groups.clear();
        break;
      }
    }
    boolean all = users.isEmpty() && groups.isEmpty();
    lanes
        .all()
        .forEach(
            lane ->
                send(
                    lane,
                    session ->
                        all
                            || users.contains(session.userId())
                            || !Collections.disjoint(session.groups(), groups)));
  }

  /** The lane refused messages; one notice stands for all overloads before it. */
  void sendTo(Lane lane) {
    if (notice != null && overloaded.add(lane)) {
      lane.thread().add(LaneWork.of(() -> overloaded.remove(lane), 0));
      send(lane, session -> true);
    }
  }

  private void send(Lane lane, Predicate<FanoutSession> concerned) {
    TextPayload payload = notice;
    if (payload != null) {
      lane.sendToAll(
          session -> {
            if (concerned.test(session)) {
              session.deliverNotice(payload);
            }
          });
    }
  }
}
