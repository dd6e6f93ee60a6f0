package io.github.redisfanout;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A delivering thread and its sessions. Thread-safe. A session stays on one lane, which keeps the
 * order of its messages.
 */
record Lane(LaneThread thread, Set<FanoutSession> sessions) {

  Lane(LaneThread thread) {
    this(thread, ConcurrentHashMap.newKeySet());
  }

  void add(FanoutSession session) {
    sessions.add(session);
  }

  /** False if it was not there. */
  boolean remove(FanoutSession session) {
    return sessions.remove(session);
  }

  /** Delivers to each open session; on the lane's thread only, which may run it again. */
  void deliverToAll(long message, TextPayload payload) {
    for (FanoutSession session : sessions) {
      session.deliverNotice(message, payload);
      if (!thread.isCurrentThread()) {
        return; // another thread does it again, for those that have not got it
      }
    }
  }
}
