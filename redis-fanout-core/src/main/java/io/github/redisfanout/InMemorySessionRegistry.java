package io.github.redisfanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.internal.wire.NameFilter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The registry for one JVM: a concurrent map from addresses to sessions. Thread-safe.
 *
 * <p>First and last are linearizable per address. A look-up copies nothing, unless the address has
 * many sessions that changed since the last one. {@link #sessionCount} may lag behind an {@code
 * add} or {@code remove} that has not returned.
 */
public final class InMemorySessionRegistry implements SessionRegistry {
  private final ConcurrentHashMap<Address, Members> sessions = new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();
  private final NameFilter userIds = new NameFilter();

  /** Shared by all changes; exclusive while the filter grows, when no id may come or go. */
  private final ReentrantReadWriteLock growth = new ReentrantReadWriteLock();

  /** Contains all users who have a session. */
  NameFilter userIds() {
    return userIds;
  }

  @Override
  public boolean add(Address address, FanoutSession session) {
    growIfCrowded();
    boolean[] first = new boolean[1];
    // Inside compute nothing else changes this address, so first and last have one order.
    change(
        address,
        present -> {
          Members members = present == null ? new Members() : present;
          if (members.add(session)) {
            count.incrementAndGet();
          }
          first[0] = present == null;
          if (first[0]) {
            userIds.add(NameFilter.hash(address.userId()));
          }
          return members;
        });
    return first[0];
  }

  @Override
  public boolean remove(Address address, FanoutSession session) {
    boolean[] last = new boolean[1];
    change(
        address,
        members -> {
          if (members != null && members.remove(session)) {
            count.decrementAndGet();
            last[0] = members.isEmpty();
          }
          if (last[0]) {
            userIds.remove(NameFilter.hash(address.userId()));
          }
          return last[0] ? null : members;
        });
    return last[0];
  }

  private void change(Address address, Function<@Nullable Members, @Nullable Members> change) {
    growth.readLock().lock();
    try {
      sessions.compute(address, (key, members) -> change.apply(members));
    } finally {
      growth.readLock().unlock();
    }
  }

  private void growIfCrowded() {
    if (userIds.isCrowded()) {
      growth.writeLock().lock();
      try {
        if (userIds.isCrowded()) { // another thread may have been quicker
          userIds.grow(sessions.keySet().stream().mapToInt(key -> NameFilter.hash(key.userId())));
        }
      } finally {
        growth.writeLock().unlock();
      }
    }
  }

  @Override
  public Collection<FanoutSession> sessions(Address address) {
    Members members = sessions.get(address);
    return members == null ? List.of() : members.snapshot();
  }

  @Override
  public int sessionCount() {
    return count.get();
  }

  /**
   * The sessions of one address, in the order in which they came: an immutable list, copied by each
   * change. For many sessions that would be slow: then a set, and a list made by the next look-up.
   */
  private static final class Members {
    private static final int FEW = 16;

    @GuardedBy("this")
    private @Nullable Set<FanoutSession> many; // null while there are few

    /** Written under the monitor, read without; null if it is to be made from {@code many}. */
    private volatile @Nullable List<FanoutSession> list = List.of();

    synchronized boolean add(FanoutSession session) {
      if (many == null) {
        List<FanoutSession> few = snapshot();
        if (few.contains(session)) {
          return false;
        }
        if (few.size() < FEW) {
          List<FanoutSession> more = new ArrayList<>(few.size() + 1);
          more.addAll(few);
          more.add(session);
          list = List.copyOf(more);
          return true;
        }
        many = new LinkedHashSet<>(few);
      }
      return changed(many.add(session));
    }

    synchronized boolean remove(FanoutSession session) {
      if (many != null) {
        return changed(many.remove(session));
      }
      List<FanoutSession> fewer = new ArrayList<>(snapshot());
      boolean removed = fewer.remove(session);
      list = List.copyOf(fewer);
      return removed;
    }

    @GuardedBy("this")
    private boolean changed(boolean changed) {
      if (changed) {
        list = null;
      }
      return changed;
    }

    synchronized boolean isEmpty() {
      return many == null ? snapshot().isEmpty() : many.isEmpty();
    }

    List<FanoutSession> snapshot() {
      List<FanoutSession> made = list;
      return made != null ? made : makeSnapshot();
    }

    private synchronized List<FanoutSession> makeSnapshot() {
      List<FanoutSession> made = list;
      if (made == null) {
        made = many == null ? List.of() : List.copyOf(many);
        list = made;
      }
      return made;
    }
  }
}
