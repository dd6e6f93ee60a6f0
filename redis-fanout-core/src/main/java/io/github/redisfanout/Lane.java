package io.github.redisfanout;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A delivering thread and the sessions that it owns. Thread-safe.
 *
 * <p>A session stays on one lane, which keeps its order.
 */
final class Lane {
  private final LaneThread thread;
  private final Set<FanoutSession> sessions = ConcurrentHashMap.newKeySet();

  Lane(LaneThread thread) {
    this.thread = thread;
  }

  LaneThread thread() {
    return thread;
  }

  void add(FanoutSession session) {
    sessions.add(session);
  }

  /** False if it was not there. */
  boolean remove(FanoutSession session) {
    return sessions.remove(session);
  }

  /** A live view. */
  Collection<FanoutSession> sessions() {
    return sessions;
  }

  /** Delivers to each session that is open now; on the lane's thread only. */
  void deliverToAll(long message, TextPayload payload) {
    for (FanoutSession session : sessions) {
      session.deliver(message, payload);
    }
  }
}
