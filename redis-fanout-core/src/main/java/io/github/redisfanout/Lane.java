package io.github.redisfanout;

import io.github.redisfanout.internal.Warnings;
import io.github.redisfanout.internal.wire.Target;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A delivering thread and its sessions. Thread-safe, except for what says otherwise. A session
 * stays on one lane, which keeps the order of its messages.
 *
 * <p>Membership of groups is the thread's own: it changes in the order of the lane, so a message
 * reaches those who were members when it came. A {@link LaneDelivery} to many goes on in slices,
 * between which other work is done. Therefore whatever is done for a session first does for it what
 * came earlier: see {@link #catchUp}.
 */
final class Lane {
  private final LaneThread thread;
  private final Counters counters;
  private final Warnings failures = new Warnings();
  private final Set<FanoutSession> sessions = ConcurrentHashMap.newKeySet();

  /** Deliveries to groups or everyone that were offered and are not done. */
  private final AtomicInteger walks = new AtomicInteger();

  // Confined to the lane's thread.
  private final Map<String, Set<FanoutSession>> members = new HashMap<>();

  /** Deliveries of which slices are left, by number. */
  private final List<LaneDelivery> begun = new ArrayList<>();

  /** Those of them that change groups. */
  private final List<LaneDelivery> changing = new ArrayList<>();

  /** How many times a delivery has reached a session; wraps around. */
  private int deliveries;

  Lane(LaneThread thread, Counters counters) {
    this.thread = thread;
    this.counters = counters;
  }

  LaneThread thread() {
    return thread;
  }

  /** A view. */
  Set<FanoutSession> sessions() {
    return sessions;
  }

  /** From now on the session gets what is for everyone. */
  void add(FanoutSession session) {
    session.reach(thread.lastNumber()); // nothing that came before
    sessions.add(session);
  }

  /** A session has closed; false if it was not there. */
  boolean remove(FanoutSession session) {
    boolean removed = sessions.remove(session);
    if (removed && (!session.lastGroups().isEmpty() || walks.get() > 0)) {
      updateMembership(session, session.lastGroups()); // and counts what walks do not reach
    }
    return removed;
  }

  void walkOffered() {
    walks.incrementAndGet();
  }

  void walkDone() {
    walks.decrementAndGet();
  }

  /** Does something for each open session, after its waiting messages. */
  void sendToAll(Consumer<FanoutSession> notice) {
    LaneDelivery delivery =
        new LaneDelivery(this, new NoticeEffect(notice), Target.EVERYONE, counters);
    delivery.addWalk(sessions.size());
    delivery.offered();
    thread.add(delivery);
  }

  /** Does something for a session, after its waiting messages. */
  void sendTo(FanoutSession session, Runnable notice) {
    thread.add(new SessionWork(session, notice));
  }

  /** Brings the membership in line with the {@link FanoutSession#groups} of the session. */
  void updateMembership(FanoutSession session, Collection<String> changed) {
    sendTo(session, () -> updateMembershipNow(session, changed));
  }

  // ---- on the lane's thread only

  void updateMembershipNow(FanoutSession session, Collection<String> changed) {
    Set<String> groups = session.groups();
    for (String group : changed) {
      if (groups.contains(group)) {
        members.computeIfAbsent(group, g -> ConcurrentHashMap.newKeySet(1)).add(session);
      } else {
        removeMember(group, session);
      }
    }
  }

  private void removeMember(String group, FanoutSession session) {
    Set<FanoutSession> of = members.get(group);
    if (of != null && of.remove(session) && of.isEmpty()) {
      members.remove(group);
    }
  }

  /** The members at this moment, and perhaps some that join later. */
  Iterator<FanoutSession> members(String group) {
    return members.getOrDefault(group, Set.of()).iterator();
  }

  /** Groups that have members: a view. */
  Set<String> groups() {
    return members.keySet();
  }

  boolean isMember(FanoutSession session, Collection<String> groups) {
    for (String group : groups) {
      if (members.getOrDefault(group, Set.of()).contains(session)) {
        return true;
      }
    }
    return false;
  }

  void countDelivery() {
    deliveries++;
  }

  /** How many times a delivery has reached a session; only differences have a meaning. */
  int deliveries() {
    return deliveries;
  }

  /** What is done for a session threw. */
  void failed(FanoutSession session, Throwable cause) {
    failures.warn("Delivering to {} failed", session, cause);
  }

  /** Slices of this delivery are left. */
  void begin(LaneDelivery walk) {
    begun.add(walk);
    if (walk.effect().changesGroups()) {
      changing.add(walk);
    }
  }

  void end(LaneDelivery walk) {
    begun.remove(walk);
    changing.remove(walk);
  }

  /** Whether it is not known yet who the members of groups are at this number. */
  boolean changesGroupsBefore(long number) {
    return !changing.isEmpty() && changing.get(0).number() < number;
  }

  /**
   * Gives the session what came before this number and has not reached it, because slices are left.
   * False if the thread was replaced meanwhile.
   */
  boolean catchUp(FanoutSession session, long number) {
    for (int i = firstAfter(session.reached()); i < begun.size(); i++) {
      LaneDelivery walk = begun.get(i);
      if (walk.number() >= number) {
        break;
      }
      if (!walk.deliverIfMatches(session)) {
        return false;
      }
      session.reach(walk.number()); // also if it does not match: it was passed
    }
    return true;
  }

  /** The index of the first walk with a larger number. */
  private int firstAfter(long number) {
    int from = 0;
    int to = begun.size();
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (begun.get(middle).number() > number) {
        to = middle;
      } else {
        from = middle + 1;
      }
    }
    return from;
  }

  /** Something that is done for one session, after what came for it before. */
  private final class SessionWork extends LaneWork {
    private final FanoutSession session;
    private final Runnable task;

    SessionWork(FanoutSession session, Runnable task) {
      this.session = session;
      this.task = task;
    }

    @Override
    boolean run() {
      if (catchUp(session, number())) { // else another thread runs it again
        session.reach(number());
        task.run();
      }
      return true;
    }
  }
}
