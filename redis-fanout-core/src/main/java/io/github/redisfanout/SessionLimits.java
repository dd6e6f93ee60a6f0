package io.github.redisfanout;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How many sessions a node takes, in all and of one user. Exact, and thread-safe.
 *
 * <p>It counts for itself instead of asking the registry, which is the user's code and need not be
 * atomic with us.
 */
final class SessionLimits {
  private final int max;
  private final int maxPerUser;
  private final boolean closesOldest;

  /** The sessions of each user, oldest first; empty if nothing limits them. */
  private final ConcurrentHashMap<Address, Deque<FanoutSession>> byUser = new ConcurrentHashMap<>();

  SessionLimits(FanoutConfig config) {
    max = config.maxSessions();
    maxPerUser = config.maxSessionsPerUser();
    closesOldest = config.sessionLimitPolicy() == SessionLimitPolicy.CLOSE_OLDEST;
  }

  /** Counts one more session if the node has room for it. */
  boolean reserve(AtomicInteger sessions) {
    int now;
    do {
      now = sessions.get();
      if (now >= max) {
        return false;
      }
    } while (!sessions.compareAndSet(now, now + 1));
    return true;
  }

  /**
   * Takes a session among its user's.
   *
   * @return the session that has to go for it, which is this one if it is refused; null for none
   */
  @Nullable FanoutSession admit(Address address, FanoutSession session) {
    if (maxPerUser == Integer.MAX_VALUE) {
      return null;
    }
    Admission admission = new Admission();
    byUser.compute(
        address,
        (user, all) -> {
          Deque<FanoutSession> sessions = all == null ? new ArrayDeque<>(2) : all;
          if (sessions.size() < maxPerUser) {
            sessions.add(session);
          } else if (closesOldest) {
            admission.leaving = sessions.poll();
            sessions.add(session);
          } else {
            admission.leaving = session;
          }
          return sessions;
        });
    return admission.leaving;
  }

  /**
   * Takes back, as its user's oldest, a session whose successor could not be registered.
   *
   * @return this session if it has to go all the same, as its place is taken by now; null if not
   */
  @Nullable FanoutSession readmit(Address address, FanoutSession session) {
    Admission admission = new Admission();
    byUser.compute(
        address,
        (user, all) -> {
          Deque<FanoutSession> sessions = all == null ? new ArrayDeque<>(2) : all;
          if (sessions.size() >= maxPerUser) {
            admission.leaving = session;
          } else if (session.isOpen()) { // otherwise it has been forgotten, for ever
            sessions.addFirst(session);
          }
          return sessions.isEmpty() ? null : sessions;
        });
    return admission.leaving;
  }

  /** A session has ended; does nothing for one that was not admitted. */
  void left(Address address, FanoutSession session) {
    if (maxPerUser == Integer.MAX_VALUE) {
      return;
    }
    byUser.computeIfPresent(
        address,
        (user, sessions) -> {
          sessions.remove(session);
          return sessions.isEmpty() ? null : sessions;
        });
  }

  private static final class Admission {
    @Nullable FanoutSession leaving; // null: nobody has to go
  }
}
