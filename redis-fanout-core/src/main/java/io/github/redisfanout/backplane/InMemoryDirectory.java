package io.github.redisfanout.backplane;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The directory of one in-memory backplane; the hub keeps what is in it. Thread-safe. */
final class InMemoryDirectory implements Directory {
  private final Entries entries;
  private final ToLongFunction<String> subscribers;
  private final BooleanSupplier isUp;

  /** {@code subscribers} counts those of a channel. */
  InMemoryDirectory(Entries entries, ToLongFunction<String> subscribers, BooleanSupplier isUp) {
    this.entries = entries;
    this.subscribers = subscribers;
    this.isUp = isUp;
  }

  @Override
  public CompletionStage<Void> announce(String channel, String node, Duration ttl) {
    return whileUp(() -> entries.put(channel, node, ttl));
  }

  @Override
  public CompletionStage<Void> withdraw(String channel, String node) {
    return whileUp(() -> entries.remove(channel, node));
  }

  @Override
  public CompletionStage<Announced> read(String channel) {
    return whileUp(() -> entries.read(channel));
  }

  @Override
  public CompletionStage<long[]> subscribers(List<String> channels) {
    List<String> asked = List.copyOf(channels);
    return whileUp(() -> asked.stream().mapToLong(subscribers).toArray());
  }

  private <T extends @Nullable Object> CompletionStage<T> whileUp(Supplier<T> call) {
    return isUp.getAsBoolean()
        ? CompletableFuture.completedFuture(call.get())
        : CompletableFuture.failedFuture(
            new IllegalStateException("the backplane was not started, or is closed"));
  }

  /** What the directories of one hub share. Thread-safe. */
  static final class Entries {
    private record Entry(long announcedNanos, long ttlNanos) {}

    private final LongSupplier nanoTime;

    @GuardedBy("this")
    private final Map<String, Map<String, Entry>> channels = new HashMap<>();

    /** {@code nanoTime} is read as {@link System#nanoTime} is. */
    Entries(LongSupplier nanoTime) {
      this.nanoTime = nanoTime;
    }

    private synchronized @Nullable Void put(String channel, String node, Duration ttl) {
      Map<String, Entry> nodes = remembered(channel);
      nodes.put(node, new Entry(nanoTime.getAsLong(), ttl.toNanos()));
      channels.put(channel, nodes);
      return null;
    }

    private synchronized @Nullable Void remove(String channel, String node) {
      remembered(channel).remove(node);
      return null;
    }

    private synchronized Announced read(String channel) {
      long now = nanoTime.getAsLong();
      Set<String> live = new HashSet<>();
      Set<String> lost = new HashSet<>();
      remembered(channel)
          .forEach(
              (node, entry) ->
                  (now - entry.announcedNanos < entry.ttlNanos ? live : lost).add(node));
      return new Announced(live, lost);
    }

    @GuardedBy("this")
    private Map<String, Entry> remembered(String channel) {
      long now = nanoTime.getAsLong();
      Map<String, Entry> nodes = channels.getOrDefault(channel, new HashMap<>());
      nodes.values().removeIf(entry -> now - entry.announcedNanos > REMEMBERED.toNanos());
      return nodes;
    }
  }
}
