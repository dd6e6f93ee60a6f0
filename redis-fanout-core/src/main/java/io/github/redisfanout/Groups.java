package io.github.redisfanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.internal.Warnings;
import io.github.redisfanout.internal.wire.NameFilter;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The groups of one node: which lanes have members of which group. Thread-safe; reading takes no
 * lock. Who the members are, only the lanes know.
 */
final class Groups {
  private final Lanes lanes;
  private final int maxGroups;
  private final Counters counters;
  private final LocalChannels channels;
  private final Warnings refusals = new Warnings();

  /** How many members each lane has; the arrays are never changed. */
  private final ConcurrentHashMap<String, int[]> members = new ConcurrentHashMap<>();

  private final NameFilter names = new NameFilter();

  Groups(Lanes lanes, int maxGroups, LocalChannels channels, Counters counters) {
    this.lanes = lanes;
    this.maxGroups = maxGroups;
    this.channels = channels;
    this.counters = counters;
  }

  /** Contains all groups that have a member here. */
  NameFilter names() {
    return names;
  }

  /** See {@link FanoutSession#join}; false if the session is closed. */
  boolean join(FanoutSession session, Collection<String> groups) {
    groups.forEach(Address::checkGroup);
    for (String group : groups) {
      switch (session.addGroup(group, maxGroups)) {
        case ADDED -> counters.joins.increment();
        case PRESENT -> {}
        case FULL -> throw new IllegalStateException(full());
        case CLOSED -> {
          return false;
        }
      }
    }
    // Also if another call has added them and has not come so far: this one's future counts.
    laneOf(session).updateMembership(session, groups);
    return true;
  }

  /** See {@link FanoutSession#leave}. */
  boolean leave(FanoutSession session, String group) {
    Address.checkGroup(group);
    boolean left = session.removeGroup(group);
    if (left) {
      laneOf(session).updateMembership(session, List.of(group));
    }
    return left;
  }

  /** On the lane's thread. */
  void joinNow(FanoutSession session, String group) {
    switch (session.addGroup(group, maxGroups)) {
      case ADDED -> {
        counters.joins.increment();
        laneOf(session).updateMembershipNow(session, List.of(group));
      }
      case FULL -> {
        counters.controlRefused.increment();
        refusals.warn("{} did not join a group: {}", session, full());
      }
      case PRESENT, CLOSED -> {}
    }
  }

  /** On the lane's thread. */
  void leaveNow(FanoutSession session, String group) {
    if (session.removeGroup(group)) {
      laneOf(session).updateMembershipNow(session, List.of(group));
    }
  }

  private String full() {
    return "a session may be in at most maxGroupsPerSession %s groups".formatted(maxGroups);
  }

  private Lane laneOf(FanoutSession session) {
    return lanes.get(session.laneNumber());
  }

  /** How many members the lane has, or is about to have. */
  int members(String group, Lane lane) {
    int[] counts = members.get(group);
    return counts == null ? 0 : counts[lane.thread().number()];
  }

  /** Those that have members, or are about to: a view. */
  Set<String> all() {
    return members.keySet();
  }

  boolean isHere(String group) {
    return members.containsKey(group);
  }

  /** A lane has one member more, or less; a join that was received counts as one meanwhile. */
  synchronized void count(String group, int lane, int change) {
    int[] before = members.get(group);
    int[] after = before == null ? new int[lanes.count()] : before.clone();
    after[lane] += change;
    if (Arrays.stream(after).anyMatch(count -> count != 0)) {
      members.put(group, after);
      if (before == null) {
        addName(group);
        channels.countGroup(group, 1);
      }
    } else if (before != null) {
      members.remove(group);
      names.remove(NameFilter.hash(group));
      channels.countGroup(group, -1);
    }
  }

  @GuardedBy("this")
  private void addName(String group) {
    names.add(NameFilter.hash(group));
    if (names.isCrowded()) {
      names.grow(members.keySet().stream().mapToInt(NameFilter::hash));
    }
  }
}
