package io.github.redisfanout.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Decides which connections of a {@link FaultProxy} are open and what they may forward.
 *
 * <p>Thread-safe. Its lock is held for moments only, and no other lock is taken under it.
 */
final class FlowGate {
  /** One way that bytes can take. */
  enum Way {
    CLIENT_TO_SERVER,
    SERVER_TO_CLIENT
  }

  /** How many bytes may be forwarded, and whether everything is cut after them. */
  record Permit(int bytes, boolean thenCut) {}

  private final ReentrantLock lock = new ReentrantLock();

  /** Signalled whenever a connection that waits may have to go on. */
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final Set<ProxiedConnection> open = new HashSet<>();

  @GuardedBy("lock")
  private final Set<Way> stalled = EnumSet.noneOf(Way.class);

  @GuardedBy("lock")
  private final Map<Way, Long> bytesUntilCut = new EnumMap<>(Way.class);

  int connections() {
    lock.lock();
    try {
      return open.size();
    } finally {
      lock.unlock();
    }
  }

  /** Opens the gate for new connections. */
  void addAll(List<ProxiedConnection> connections) {
    lock.lock();
    try {
      open.addAll(connections);
    } finally {
      lock.unlock();
    }
  }

  /** Closes the gate for a connection that has ended by itself. */
  void remove(ProxiedConnection connection) {
    lock.lock();
    try {
      open.remove(connection);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Closes the gate for all connections and returns them. */
  List<ProxiedConnection> removeAll() {
    lock.lock();
    try {
      List<ProxiedConnection> all = List.copyOf(open);
      open.clear();
      changed.signalAll();
      return all;
    } finally {
      lock.unlock();
    }
  }

  void stall(Set<Way> ways) {
    lock.lock();
    try {
      stalled.addAll(ways);
    } finally {
      lock.unlock();
    }
  }

  void resume() {
    lock.lock();
    try {
      stalled.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void cutAfter(Way way, long bytes) {
    lock.lock();
    try {
      bytesUntilCut.put(way, bytes);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until one way of a connection is not stalled and says how much may be forwarded.
   *
   * @return null if the connection is not open any more
   */
  @Nullable Permit permit(ProxiedConnection connection, Way way, int bytes) {
    lock.lock();
    try {
      while (stalled.contains(way) && open.contains(connection)) {
        changed.awaitUninterruptibly();
      }
      if (!open.contains(connection)) {
        return null;
      }
      Long left = bytesUntilCut.get(way);
      if (left == null) {
        return new Permit(bytes, false);
      }
      if (left > bytes) {
        bytesUntilCut.put(way, left - bytes);
        return new Permit(bytes, false);
      }
      bytesUntilCut.remove(way);
      return new Permit(left.intValue(), true);
    } finally {
      lock.unlock();
    }
  }
}
