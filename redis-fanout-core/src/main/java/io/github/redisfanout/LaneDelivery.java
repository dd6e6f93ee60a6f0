package io.github.redisfanout;

import io.github.redisfanout.internal.wire.Target;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One message, notice or control for sessions of one lane: first for some that were looked up, then
 * slice by slice for the members of groups, or for all. Each session gets it once, and only if it
 * was there when it was offered. Confined to the lane's thread once it is offered.
 */
final class LaneDelivery extends LaneWork {
  /**
   * Sessions of one slice: the others of the lane wait for so many. One that gets other messages
   * first counts for each.
   */
  static final int SLICE = 128;

  /** What each session that was looked up takes, in bytes. */
  static final int ENTRY_BYTES = 8;

  private final Lane lane;
  private final Effect effect;
  private final Target target; // for what it excepts, and for its groups
  private final Counters counters;
  private final List<FanoutSession> sessions = new ArrayList<>();
  private int walkMembers; // about how many members of groups, or of everyone; 0: no walk

  private long counted; // as queued
  private long inLane; // counted so
  private int next; // the session to deliver to
  private long reached; // sessions that got it
  private @Nullable Iterator<FanoutSession> walk; // null before the first slice
  private int nextGroup;
  private boolean begun; // slices are left

  LaneDelivery(Lane lane, Effect effect, Target target, Counters counters) {
    this.lane = lane;
    this.effect = effect;
    this.target = target;
    this.counters = counters;
  }

  Effect effect() {
    return effect;
  }

  /** Before it is offered: also for this session. */
  void add(FanoutSession session) {
    sessions.add(session);
  }

  /** Before it is offered: also for the target's groups or everyone, who are about so many. */
  void addWalk(int members) {
    walkMembers = members;
  }

  void offered() {
    if (walkMembers > 0) {
      lane.walkOffered();
    }
    if (effect.isMessage()) {
      counted = (long) sessions.size() + walkMembers;
      counters.queued.add(counted);
      inLane = counted;
      counters.inLanes.add(inLane);
    }
    effect.offered(lane.thread().number());
  }

  /** The lane has refused it: nobody gets it. */
  void refused() {
    counters.dropped(DropReason.LANE_FULL, sessions.stream().distinct().count() + walkMembers);
    settle();
  }

  /** So many were counted as queued, and do not get it. */
  private void notDue(long sessions) {
    if (effect.isMessage()) {
      counted -= sessions;
      counters.queued.add(-sessions);
    }
  }

  private void settle() {
    notDue(Math.max(0, counted - reached));
    leaveLane(inLane);
    if (walkMembers > 0) {
      lane.walkDone();
    }
    effect.done(lane.thread().number());
  }

  /** So many are no longer in the lane only. */
  private void leaveLane(long sessions) {
    inLane -= sessions;
    counters.inLanes.add(-sessions);
  }

  @Override
  long bytes() {
    return effect.bytes() + (long) ENTRY_BYTES * sessions.size();
  }

  @Override
  boolean isUrgent() {
    return !effect.isMessage();
  }

  @Override
  boolean run() {
    boolean[] done = new boolean[1];
    effect.run(() -> done[0] = deliver());
    if (!lane.thread().isCurrentThread()) {
      return false; // this thread was stuck in the transport, and another one goes on
    }
    if (done[0]) {
      settle();
      if (begun) {
        lane.end(this);
      }
    } else {
      leaveLane(Math.max(0, inLane - Math.max(0, counted - reached)));
      if (!begun) {
        begun = true;
        lane.begin(this);
      }
    }
    return done[0];
  }

  /** True if nothing is left. */
  private boolean deliver() {
    while (next < sessions.size()) {
      FanoutSession session = sessions.get(next++);
      if (session.reached() >= number()) {
        notDue(1); // it was named twice
      } else if (!deliver(session)) {
        return false;
      }
    }
    return walkMembers == 0 || deliverSlice();
  }

  private boolean deliverSlice() {
    if (walk == null && !target.everyone() && lane.changesGroupsBefore(number())) {
      return false; // later: other slices come first
    }
    Iterator<FanoutSession> from = walk == null ? nextWalk() : walk;
    int before = lane.deliveries();
    for (int i = 0; from != null && i < SLICE && lane.deliveries() - before < SLICE; i++) {
      if (from.hasNext()) {
        FanoutSession session = from.next();
        if (!target.excepts(session.userId(), session.id()) && !deliver(session)) {
          return false;
        }
      } else {
        from = nextWalk();
      }
    }
    return from == null;
  }

  /** Through all sessions, or the next group; null at the end. */
  private @Nullable Iterator<FanoutSession> nextWalk() {
    if (target.everyone()) {
      walk = walk == null ? lane.sessions().iterator() : null;
    } else {
      walk =
          nextGroup == target.groups().size()
              ? null
              : lane.members(target.groups().get(nextGroup++));
    }
    return walk;
  }

  /** Delivers if it has not; false if the thread was replaced meanwhile. */
  private boolean deliver(FanoutSession session) {
    if (number() <= session.reached()) {
      return true;
    }
    if (!lane.catchUp(session, number())) {
      return false;
    }
    session.reach(number());
    lane.countDelivery();
    reached++;
    if (reached > counted && effect.isMessage()) {
      counters.queued.increment();
    }
    try {
      effect.apply(session);
    } catch (Throwable e) { // the others must not miss their message
      lane.failed(session, e);
    }
    return lane.thread().isCurrentThread();
  }

  /** Delivers ahead of the slice; false if the thread was replaced meanwhile. */
  boolean deliverIfMatches(FanoutSession session) {
    boolean matches = target.everyone() || lane.isMember(session, target.groups());
    if (!matches || target.excepts(session.userId(), session.id())) {
      return true;
    }
    boolean[] goOn = new boolean[1];
    effect.run(() -> goOn[0] = deliver(session));
    return goOn[0];
  }
}
