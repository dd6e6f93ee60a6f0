package io.github.redisfanout.backplane.redis;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The calls that wait until channels are confirmed or gone. Needs the lock of {@link Channels}; the
 * futures are completed without it, by the actions of {@link #takeDue}.
 *
 * <p>A call waits for one of its channels at a time, and not for those that all sessions share if
 * it has another one: when that is unsubscribed, nothing of the call is kept.
 */
final class ChannelWaiters {
  private static final int FEW = 16;
  private static final int SOME = 500;

  /** One call of subscribe or unsubscribe. */
  private record Waiter(
      List<String> channels, boolean subscribes, CompletableFuture<@Nullable Void> done) {}

  /** Those that wait for one channel. */
  private static final class Waiting {
    private final List<Waiter> waiters = new ArrayList<>(1);
    private int limit = FEW;

    void add(Waiter waiter) {
      if (waiters.size() >= limit) {
        waiters.removeIf(each -> each.done().isDone()); // cancelled
        limit = Math.max(FEW, 2 * waiters.size());
      }
      waiters.add(waiter);
    }
  }

  private final ChannelTable table;
  private Map<String, Waiting> byChannel = new HashMap<>();
  private final ArrayDeque<String> stale = new ArrayDeque<>(); // whose waiters are to be checked
  private List<Runnable> due = new ArrayList<>();

  ChannelWaiters(ChannelTable table) {
    this.table = table;
  }

  /**
   * Waits until all are subscribed, or gone.
   *
   * @param complete whether the present connection has all channels that it began with
   */
  CompletableFuture<@Nullable Void> await(
      List<String> channels, boolean subscribes, boolean complete) {
    Waiter waiter = new Waiter(channels, subscribes, new CompletableFuture<>());
    if (isMet(waiter, complete)) {
      waiter.done().complete(null); // nobody knows it yet
    }
    return waiter.done();
  }

  /** Otherwise it waits for one of its channels, or is due to fail. */
  private boolean isMet(Waiter waiter, boolean complete) {
    String open = null;
    for (String channel : waiter.channels()) {
      if (waiter.subscribes() && !table.isWanted(channel)) {
        fail(waiter, new IllegalStateException("the channel was unsubscribed"));
        return false;
      }
      boolean met =
          waiter.subscribes()
              ? complete && table.isSubscribed(channel)
              : table.isGone(channel) || table.isWanted(channel);
      if (!met && (open == null || table.isFirst(open))) {
        open = channel;
      }
    }
    if (open != null) {
      byChannel.computeIfAbsent(open, each -> new Waiting()).add(waiter);
    }
    return open == null;
  }

  private void fail(Waiter waiter, Exception cause) {
    due.add(() -> waiter.done().completeExceptionally(cause));
  }

  /** The state of a channel has changed. */
  void recheck(String channel, boolean complete) {
    Waiting waiting = byChannel.remove(channel);
    if (waiting != null) {
      for (Waiter waiter : waiting.waiters) {
        if (!waiter.done().isDone() && isMet(waiter, complete)) {
          due.add(() -> waiter.done().complete(null));
        }
      }
      if (byChannel.isEmpty()) {
        byChannel = new HashMap<>(); // frees the space of many
      }
    }
  }

  /** The state of any channel may have changed: {@link #recheckSome} is to be called. */
  void recheckAll() {
    stale.addAll(byChannel.keySet());
  }

  /** Returns whether there is more to check, so that many do not need the lock for long. */
  boolean recheckSome(boolean complete) {
    for (int i = 0; i < SOME && !stale.isEmpty(); i++) {
      recheck(stale.remove(), complete);
    }
    return !stale.isEmpty();
  }

  /** Nothing more will be subscribed. */
  void failSubscribes(IllegalStateException cause) {
    for (Waiting waiting : byChannel.values()) {
      waiting.waiters.stream().filter(Waiter::subscribes).forEach(each -> fail(each, cause));
      waiting.waiters.removeIf(Waiter::subscribes);
    }
  }

  boolean hasDue() {
    return !due.isEmpty() || !stale.isEmpty();
  }

  /** What completes the futures that are due. */
  List<Runnable> takeDue() {
    List<Runnable> taken = due;
    due = new ArrayList<>();
    return taken;
  }
}
