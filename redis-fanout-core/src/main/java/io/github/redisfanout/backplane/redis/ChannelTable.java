package io.github.redisfanout.backplane.redis;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The state of each channel, and the commands that are due on the present connection. Only {@link
 * #isWanted} and {@link #isSubscribed} may be called without the lock of {@link Channels}.
 *
 * <p>There may be hundreds of thousands of channels, so each costs one entry of a map.
 */
final class ChannelTable {
  /** Channels in one command: with many more, one command would hold up Redis. */
  static final int BATCH = 500;

  /** Channels in commands without an answer: Redis buffers the answers of each connection. */
  static final int MAX_UNANSWERED = 5_000;

  private static final int MAX_FIRST = 8;

  private final Map<String, ChannelState> states = new ConcurrentHashMap<>();

  /** Those that were wanted first; they begin each connection, and are used for heartbeats. */
  private final Set<String> first = new LinkedHashSet<>();

  // Those that have changed. A channel may have changed back: then it is skipped.
  private Set<String> toSubscribe = new LinkedHashSet<>();
  private Set<String> toUnsubscribe = new LinkedHashSet<>();
  private boolean subscribeNext; // the two take turns

  private boolean connected;
  private @Nullable Iterator<String> rest; // that the connection begins with; null once written
  private boolean completed; // whether the command that completes the beginning was written
  private int wanted;
  private int unanswered;

  boolean isWanted(String channel) {
    ChannelState state = states.get(channel);
    return state != null && state.isWanted();
  }

  boolean isSubscribed(String channel) {
    return states.get(channel) == ChannelState.SUBSCRIBED;
  }

  /** Whether it is neither subscribed nor about to be. */
  boolean isGone(String channel) {
    return !states.containsKey(channel);
  }

  /** Whether it is one of those that were wanted first, which all sessions share. */
  boolean isFirst(String channel) {
    return first.contains(channel);
  }

  /** Whether no channel is wanted. */
  boolean isEmpty() {
    return wanted == 0;
  }

  /** A wanted channel, the first one if possible. */
  String firstWanted() {
    return first.isEmpty() ? anyWanted() : first.iterator().next();
  }

  private String anyWanted() {
    return states.keySet().stream().filter(this::isWanted).findFirst().orElseThrow();
  }

  void subscribe(List<String> channels) {
    boolean begins = isEmpty();
    for (String channel : channels) {
      if (!isWanted(channel)) {
        wanted++;
        put(channel, ChannelState.subscribe(states.get(channel)));
      }
      if (begins && first.size() < MAX_FIRST) {
        first.add(channel);
      }
    }
  }

  void unsubscribe(List<String> channels) {
    for (String channel : channels) {
      ChannelState state = states.get(channel);
      if (state != null && state.isWanted()) {
        wanted--;
        first.remove(channel);
        put(channel, state.unsubscribe());
      }
    }
  }

  private void put(String channel, @Nullable ChannelState state) {
    if (state == null) {
      states.remove(channel);
      return;
    }
    states.put(channel, state);
    if (state == ChannelState.WANTED && connected) {
      toSubscribe.add(channel); // otherwise the next connection begins with all wanted channels
    } else if (state == ChannelState.UNWANTED) {
      toUnsubscribe.add(channel);
    }
  }

  /** Begins a connection with the first command; {@code probeChannel} is null without probes. */
  SubscriberCommand begin(@Nullable String probeChannel) {
    connected = true;
    List<String> channels = new ArrayList<>();
    take(first.iterator(), channels);
    rest = states.keySet().iterator();
    take(rest, channels);
    completed = channels.size() == wanted;
    if (completed) {
      rest = null;
    }
    if (probeChannel != null) {
      channels.add(probeChannel);
    }
    unanswered = channels.size();
    return SubscriberCommand.subscribe(channels, completed);
  }

  /** The next command that is due; null if none is, or if too many have no answer. */
  @Nullable SubscriberCommand next() {
    SubscriberCommand next = completion();
    if (next == null && unanswered + BATCH <= MAX_UNANSWERED) {
      subscribeNext = !subscribeNext;
      next = subscribeNext ? nextSubscribe() : nextUnsubscribe();
      next = next != null ? next : subscribeNext ? nextUnsubscribe() : nextSubscribe();
      next = next != null ? next : completion(); // the rest may have been unsubscribed
    }
    return next;
  }

  /** A heartbeat once all that the connection began with was written; null if it was sent. */
  private @Nullable SubscriberCommand completion() {
    String heartbeat = rest == null && !completed ? heartbeatChannel() : null;
    if (heartbeat == null) {
      return null;
    }
    completed = true; // its answer comes after all others
    return SubscriberCommand.heartbeat(heartbeat, true);
  }

  private @Nullable SubscriberCommand nextSubscribe() {
    List<String> channels = new ArrayList<>();
    Iterator<String> beginning = rest;
    if (beginning != null) {
      take(beginning, channels);
      rest = beginning.hasNext() ? beginning : null;
    }
    toSubscribe = takeOut(toSubscribe, ChannelState.WANTED, channels);
    unanswered += channels.size();
    return channels.isEmpty() ? null : SubscriberCommand.subscribe(channels, false);
  }

  private @Nullable SubscriberCommand nextUnsubscribe() {
    List<String> channels = new ArrayList<>();
    toUnsubscribe = takeOut(toUnsubscribe, ChannelState.UNWANTED, channels);
    unanswered += channels.size();
    return channels.isEmpty() ? null : SubscriberCommand.unsubscribe(channels);
  }

  private Set<String> takeOut(Set<String> from, ChannelState due, List<String> into) {
    Iterator<String> each = from.iterator();
    while (into.size() < BATCH && each.hasNext()) {
      String channel = each.next();
      each.remove();
      takeIfDue(channel, due, into);
    }
    return from.isEmpty() ? new LinkedHashSet<>() : from; // frees the space of many
  }

  private void take(Iterator<String> from, List<String> into) {
    while (into.size() < BATCH && from.hasNext()) {
      takeIfDue(from.next(), ChannelState.WANTED, into);
    }
  }

  private void takeIfDue(String channel, ChannelState due, List<String> into) {
    if (states.get(channel) == due) {
      states.put(channel, due.written());
      into.add(channel);
    }
  }

  /** Unsubscribes the probes' channel. */
  SubscriberCommand leave(String probeChannel) {
    unanswered++;
    return SubscriberCommand.unsubscribe(List.of(probeChannel));
  }

  /** A channel whose SUBSCRIBE changes nothing; null if there is none now. */
  @Nullable String heartbeatChannel() {
    if (first.isEmpty() && !isEmpty()) {
      first.add(anyWanted());
    }
    for (String channel : first) {
      ChannelState state = states.get(channel);
      if (state != null && state.isHeard()) {
        return channel;
      }
    }
    return null;
  }

  /** Redis has answered a SUBSCRIBE or UNSUBSCRIBE. */
  void answered(SubscriberCommand command) {
    unanswered -= command.channels().size();
    for (String channel : command.channels()) {
      ChannelState state = states.get(channel);
      if (state != null) { // null: the probes' channel
        put(channel, state.answered());
      }
    }
  }

  /** The connection has ended. */
  void end() {
    connected = false;
    rest = null;
    unanswered = 0;
    toSubscribe = new LinkedHashSet<>();
    toUnsubscribe = new LinkedHashSet<>();
    states.values().removeIf(state -> !state.isWanted());
    states.replaceAll((channel, state) -> ChannelState.WANTED);
  }
}
