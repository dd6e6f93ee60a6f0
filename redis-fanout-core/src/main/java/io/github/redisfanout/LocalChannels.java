package io.github.redisfanout;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.internal.ChannelNames;
import io.github.redisfanout.internal.Warnings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The channels that a node subscribes: the common one, and with {@link Routing#ADAPTIVE} one of
 * each user and group that has a session here, from the first to the last. Thread-safe.
 *
 * <p>The backplane is called under the lock, which never waits: so its calls have the order in
 * which sessions come and go.
 */
final class LocalChannels {
  private enum State {
    NEW,
    SUBSCRIBING,
    CLOSED
  }

  private final Backplane backplane;
  private final NodeMessages nodes;
  private final ChannelNames names;
  private final boolean adaptive;
  private final Warnings failures = new Warnings();

  /** Completed by {@link #start}, exceptionally by {@link #close}. */
  private final CompletableFuture<@Nullable Void> started = new CompletableFuture<>();

  /** How many sessions need a channel: those of a user, or 1 for a group. */
  @GuardedBy("this")
  private final Map<String, Integer> needed = new HashMap<>();

  @GuardedBy("this")
  private State state = State.NEW;

  LocalChannels(Backplane backplane, FanoutConfig config) {
    this(backplane, config, NodeMessages.IGNORED);
  }

  LocalChannels(Backplane backplane, FanoutConfig config, NodeMessages nodes) {
    this.backplane = backplane;
    this.nodes = nodes;
    names = new ChannelNames(config.channel());
    adaptive = config.routing() == Routing.ADAPTIVE;
  }

  ChannelNames names() {
    return names;
  }

  /** Subscribes; the backplane was started. Does nothing once closed. */
  void start() {
    synchronized (this) {
      if (state != State.NEW) {
        return;
      }
      state = State.SUBSCRIBING;
      List<String> channels = new ArrayList<>(List.of(names.common()));
      if (adaptive) {
        channels.add(names.routed()); // in one call: see ChannelNames
        channels.addAll(needed.keySet());
      }
      channels.addAll(nodes.channels());
      subscribe(channels);
    }
    started.complete(null);
  }

  /** Unsubscribes everything, and subscribes nothing more. */
  void close() {
    synchronized (this) {
      if (state == State.SUBSCRIBING) {
        List<String> channels = new ArrayList<>();
        if (adaptive) {
          // Never the common one alone: other subscribers of it would not be noticed.
          channels.add(names.routed());
        }
        channels.add(names.common());
        channels.addAll(needed.keySet());
        channels.addAll(nodes.channels());
        unsubscribe(channels);
      }
      state = State.CLOSED;
    }
    started.completeExceptionally(closedException());
  }

  /** A user has one session more here, or one less; may be called under a session's lock. */
  void countSession(String userId, int change) {
    nodes.countSession(userId, change);
    if (adaptive) {
      count(names.user(userId), change);
    }
  }

  /** A group got its first member here, or lost its last one; may be called under locks. */
  void countGroup(String group, int change) {
    if (adaptive) {
      count(names.group(group), change);
    }
  }

  private synchronized void count(String channel, int change) {
    Integer before = needed.get(channel);
    int after = (before == null ? 0 : before) + change;
    if (after == 0) {
      needed.remove(channel);
    } else {
      needed.put(channel, after);
    }
    if (state == State.SUBSCRIBING && before == null) {
      subscribe(List.of(channel));
    } else if (state == State.SUBSCRIBING && after == 0) {
      unsubscribe(List.of(channel));
    }
  }

  /**
   * Completed once the channels of this user and these groups are confirmed, and the common one;
   * without {@link Routing#ADAPTIVE} that one alone. Completed exceptionally if one of them is not
   * subscribed, or unsubscribed first.
   *
   * @param userId null: of the groups only
   */
  CompletionStage<Void> confirmation(@Nullable String userId, Collection<String> groups) {
    List<String> own = new ArrayList<>();
    if (adaptive) {
      groups.forEach(group -> own.add(names.group(group)));
      if (userId != null) {
        own.add(names.user(userId));
      }
    }
    synchronized (this) {
      if (state == State.CLOSED) {
        return CompletableFuture.failedFuture(closedException());
      } else if (!needed.keySet().containsAll(own)) {
        return CompletableFuture.failedFuture(
            new IllegalStateException("the channel is not subscribed"));
      } else if (state == State.SUBSCRIBING) {
        own.add(names.common());
        return subscribe(own);
      }
    }
    return started.thenCompose(nothing -> confirmation(userId, groups));
  }

  // Callers may hold locks and be in the middle of a change, so what a backplane throws ends here.

  private CompletionStage<Void> subscribe(Collection<String> channels) {
    try {
      return backplane.subscribe(channels);
    } catch (Throwable e) {
      failures.warn("{}.subscribe threw", backplane.getClass().getName(), e);
      return CompletableFuture.failedFuture(new IllegalStateException("subscribe threw", e));
    }
  }

  private void unsubscribe(Collection<String> channels) {
    try {
      backplane.unsubscribe(channels);
    } catch (Throwable e) {
      failures.warn("{}.unsubscribe threw", backplane.getClass().getName(), e);
    }
  }

  private static IllegalStateException closedException() {
    return new IllegalStateException("the node is closed");
  }
}
