package io.github.redisfanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Limits the sessions of a node, in all and per user. Exact, and thread-safe. Keeps its own list of
 * sessions: the registry is user code and need not be atomic with us.
 */
final class SessionLimits {
  private final int max;
  private final int maxPerUser;
  private final boolean closesOldest;

  /** The sessions of each user, oldest first; empty if users have no limit. */
  @GuardedBy("this")
  private final Map<Address, Deque<FanoutSession>> byUser = new HashMap<>();

  SessionLimits(FanoutConfig config) {
    max = config.maxSessions();
    maxPerUser = config.maxSessionsPerUser();
    closesOldest = config.sessionLimitPolicy() == SessionLimitPolicy.CLOSE_OLDEST;
  }

  /** Counts one more session unless the node is full. */
  boolean reserve(AtomicInteger sessions) {
    return sessions.getAndUpdate(now -> now < max ? now + 1 : now) < max;
  }

  /**
   * Adds a session to its user's.
   *
   * @return the session to close for it, which is this one if it is refused; null for none
   */
  @Nullable FanoutSession admit(Address address, FanoutSession session) {
    if (maxPerUser == Integer.MAX_VALUE) {
      return null;
    }
    synchronized (this) {
      Deque<FanoutSession> sessions = byUser.computeIfAbsent(address, user -> new ArrayDeque<>(2));
      boolean full = sessions.size() >= maxPerUser;
      if (full && !closesOldest) {
        return session;
      }
      FanoutSession oldest = full ? sessions.poll() : null;
      sessions.add(session);
      return oldest;
    }
  }

  /**
   * Takes back, as its user's oldest, a session whose successor could not be registered.
   *
   * @return this session if another one has taken its place, so that it has to be closed; else null
   */
  synchronized @Nullable FanoutSession readmit(Address address, FanoutSession session) {
    Deque<FanoutSession> sessions = byUser.computeIfAbsent(address, user -> new ArrayDeque<>(2));
    if (sessions.size() >= maxPerUser) {
      return session;
    }
    if (session.isOpen()) { // otherwise left() has been called, and is not called again
      sessions.addFirst(session);
    }
    byUser.computeIfPresent(address, (user, all) -> all.isEmpty() ? null : all);
    return null;
  }

  /** A session has ended; does nothing for one that was not admitted. */
  void left(Address address, FanoutSession session) {
    if (maxPerUser != Integer.MAX_VALUE) {
      synchronized (this) {
        byUser.computeIfPresent(
            address,
            (user, sessions) -> {
              sessions.remove(session);
              return sessions.isEmpty() ? null : sessions;
            });
      }
    }
  }
}
