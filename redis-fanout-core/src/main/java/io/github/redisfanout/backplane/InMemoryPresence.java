package io.github.redisfanout.backplane;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.internal.PresenceEvents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The presence table of one in-memory backplane; the hub keeps what is in it. Thread-safe. */
final class InMemoryPresence implements PresenceTable {
  private final Entries entries;
  private final BooleanSupplier isUp;

  InMemoryPresence(Entries entries, BooleanSupplier isUp) {
    this.entries = entries;
    this.isUp = isUp;
  }

  @Override
  public CompletionStage<Acquired> acquire(
      String channel, String node, Duration ttl, @Nullable Lease before, Duration grace) {
    return whileUp(() -> entries.acquire(channel, node, ttl, before, grace));
  }

  @Override
  public CompletionStage<Renewal> renew(Lease lease, Duration ttl) {
    return whileUp(() -> entries.renew(lease, ttl));
  }

  @Override
  public CompletionStage<Void> retire(Lease lease, Duration grace) {
    return whileUp(() -> entries.retire(lease, grace));
  }

  @Override
  public CompletionStage<Boolean> change(Lease lease, List<Change> changes) {
    return whileUp(() -> entries.change(lease, changes));
  }

  @Override
  public CompletionStage<Integer> sweep(Lease own) {
    return whileUp(() -> entries.sweep(own));
  }

  @Override
  public CompletionStage<Map<String, Set<String>>> read(String channel, List<String> userIds) {
    return whileUp(() -> entries.read(channel, userIds));
  }

  private <T extends @Nullable Object> CompletionStage<T> whileUp(Supplier<T> call) {
    if (!isUp.getAsBoolean()) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("the backplane was not started, or is closed"));
    }
    try {
      return CompletableFuture.completedFuture(call.get());
    } catch (IllegalStateException e) { // a receiver is behind
      return CompletableFuture.failedFuture(e);
    }
  }

  /** What the tables of one hub share. Thread-safe. */
  static final class Entries {
    private final LongSupplier nanoTime;
    private final Consumer<Outgoing> publish;

    /** When each expires. */
    @GuardedBy("this")
    private final Map<Lease, Long> leases = new HashMap<>();

    /** Of each channel, the leases of each user. */
    @GuardedBy("this")
    private final Map<String, Map<String, Set<Lease>>> users = new HashMap<>();

    /** {@code publish} tells the receivers; it is called with the monitor, and must not wait. */
    Entries(LongSupplier nanoTime, Consumer<Outgoing> publish) {
      this.nanoTime = nanoTime;
      this.publish = publish;
    }

    private synchronized Acquired acquire(
        String channel, String node, Duration ttl, @Nullable Lease before, Duration grace) {
      boolean known = before == null || leases.containsKey(before);
      if (before != null && known) {
        retire(before, grace);
      }
      Lease lease = new Lease(channel, node, UUID.randomUUID().toString());
      leases.put(lease, nanoTime.getAsLong() + ttl.toNanos());
      return new Acquired(lease, known ? Known.YES : Known.SWEPT);
    }

    private synchronized Renewal renew(Lease lease, Duration ttl) {
      long now = nanoTime.getAsLong();
      if (leases.replace(lease, now + ttl.toNanos()) == null) {
        return new Renewal(Known.SWEPT, Duration.ZERO);
      }
      long next = ttl.toNanos();
      for (Map.Entry<Lease, Long> entry : leases.entrySet()) {
        if (entry.getKey().channel().equals(lease.channel())) {
          next = Math.min(next, entry.getValue() - now);
        }
      }
      return new Renewal(Known.YES, Duration.ofNanos(next));
    }

    private synchronized @Nullable Void retire(Lease lease, Duration grace) {
      leases.replace(lease, nanoTime.getAsLong() + grace.toNanos());
      return null;
    }

    private synchronized boolean change(Lease lease, List<Change> changes) {
      if (!leases.containsKey(lease)) {
        return false;
      }
      Map<String, Set<Lease>> here = users.computeIfAbsent(lease.channel(), c -> new HashMap<>());
      List<PresenceEvents.User> events = new ArrayList<>();
      for (Change change : changes) {
        String id = change.userId();
        if (change.kind() == Kind.LEFT) {
          remove(here, id, Set.of(lease), events);
          continue;
        }
        Set<Lease> nodes = here.computeIfAbsent(id, i -> new HashSet<>());
        boolean fromNowhere = nodes.isEmpty();
        nodes.add(lease);
        if (fromNowhere && change.kind() == Kind.CAME) {
          events.add(new PresenceEvents.User(id, true));
        }
      }
      publish(lease.channel(), events);
      return true;
    }

    private static void remove(
        Map<String, Set<Lease>> here,
        String id,
        Set<Lease> gone,
        List<PresenceEvents.User> events) {
      Set<Lease> nodes = here.getOrDefault(id, new HashSet<>());
      if (nodes.removeAll(gone) && nodes.isEmpty()) {
        here.remove(id);
        events.add(new PresenceEvents.User(id, false));
      }
    }

    private void publish(String channel, List<PresenceEvents.User> events) {
      if (!events.isEmpty()) {
        publish.accept(
            new Outgoing(PresenceTable.eventChannel(channel), new PresenceEvents(events).encode()));
      }
    }

    private synchronized int sweep(Lease own) {
      if (!leases.containsKey(own)) {
        return 0;
      }
      Set<Lease> expired = new HashSet<>();
      for (Lease lease : leases.keySet()) {
        if (lease.channel().equals(own.channel()) && !lease.equals(own) && isExpired(lease)) {
          expired.add(lease);
        }
      }
      Map<String, Set<Lease>> here = users.getOrDefault(own.channel(), new HashMap<>());
      List<PresenceEvents.User> events = new ArrayList<>();
      List.copyOf(here.keySet()).forEach(id -> remove(here, id, expired, events));
      leases.keySet().removeAll(expired);
      publish(own.channel(), events);
      return expired.size();
    }

    @GuardedBy("this")
    private boolean isExpired(Lease lease) {
      Long expiry = leases.get(lease);
      return expiry == null || expiry - nanoTime.getAsLong() <= 0;
    }

    private synchronized Map<String, Set<String>> read(String channel, List<String> userIds) {
      Map<String, Set<Lease>> here = users.getOrDefault(channel, Map.of());
      Map<String, Set<String>> found = new HashMap<>();
      for (String id : userIds) {
        Set<String> nodes = new HashSet<>();
        for (Lease lease : here.getOrDefault(id, Set.of())) {
          if (!isExpired(lease)) {
            nodes.add(lease.node());
          }
        }
        if (!nodes.isEmpty()) {
          found.put(id, nodes);
        }
      }
      return found;
    }
  }
}
