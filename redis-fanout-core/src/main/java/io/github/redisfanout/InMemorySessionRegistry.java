package io.github.redisfanout;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The registry for one JVM: a concurrent map of immutable lists. Thread-safe.
 *
 * <p>Looking up copies nothing and takes no lock. Adding and removing copy the address' list.
 */
public final class InMemorySessionRegistry implements SessionRegistry {
  private final ConcurrentHashMap<Address, List<FanoutSession>> sessions =
      new ConcurrentHashMap<>();
  private final AtomicInteger count = new AtomicInteger();

  @Override
  public boolean add(Address address, FanoutSession session) {
    boolean[] first = new boolean[1];
    sessions.compute(
        address,
        (key, before) -> {
          if (before == null) {
            first[0] = true;
            count.incrementAndGet();
            return List.of(session);
          }
          if (before.contains(session)) {
            return before;
          }
          count.incrementAndGet();
          List<FanoutSession> after = new ArrayList<>(before.size() + 1);
          after.addAll(before);
          after.add(session);
          return List.copyOf(after);
        });
    return first[0];
  }

  @Override
  public boolean remove(Address address, FanoutSession session) {
    boolean[] last = new boolean[1];
    sessions.computeIfPresent(
        address,
        (key, before) -> {
          if (!before.contains(session)) {
            return before;
          }
          count.decrementAndGet();
          if (before.size() == 1) {
            last[0] = true;
            return null;
          }
          List<FanoutSession> after = new ArrayList<>(before);
          after.remove(session);
          return List.copyOf(after);
        });
    return last[0];
  }

  @Override
  public Collection<FanoutSession> sessions(Address address) {
    return sessions.getOrDefault(address, List.of());
  }

  @Override
  public int sessionCount() {
    return count.get();
  }
}
