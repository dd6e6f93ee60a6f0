package io.github.redisfanout;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishAnswer.Route;
import io.github.redisfanout.backplane.Recipients;
import io.github.redisfanout.internal.ChannelNames;
import io.github.redisfanout.internal.wire.Signer;
import io.github.redisfanout.internal.wire.Target;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the way of each message, in {@link Routing#ADAPTIVE} only. Learns from the answers how
 * many nodes there are, and whether something keeps messages from being targeted. Thread-safe.
 */
final class Router {
  /** While something keeps messages from being targeted, one in this time tries it. */
  static final Duration PAUSE = Duration.ofSeconds(1);

  private final ChannelNames names;
  private final @Nullable Signer signer; // null: nothing is signed
  private final Counters counters;
  private final LongSupplier nanoTime;
  private final AtomicReference<@Nullable Pause> pause = new AtomicReference<>(); // null: none

  /** How many subscribe the common channel; -1: not known. */
  private volatile long nodes = -1;

  /** Why no message is targeted, and until when. */
  private record Pause(CommonReason reason, long untilNanos) {}

  Router(String channel, @Nullable Signer signer, Counters counters, LongSupplier nanoTime) {
    names = new ChannelNames(channel);
    this.signer = signer;
    this.counters = counters;
    this.nanoTime = nanoTime;
  }

  /**
   * The way of a message.
   *
   * @param bytes its size
   * @param knowOffline whether the answer must say which users are offline, if that can be known
   */
  Way way(Target target, int bytes, boolean knowOffline) {
    long known = nodes;
    int limit = Costs.maxChannels(known, bytes, signer != null);
    List<String> users = target.users();
    // Of a large audience nothing but its size is looked at.
    if (knowOffline || users.size() - target.exceptUsers().size() <= limit) {
      users = notExcepted(target);
    }
    boolean isGroup = target.groups().size() == 1 && target.users().isEmpty();
    boolean isUsers = target.groups().isEmpty() && !users.isEmpty();
    CommonReason reason;
    if (target.everyone() || !(isGroup || isUsers)) {
      reason = CommonReason.AUDIENCE;
    } else if (known < 0) {
      reason = CommonReason.NODES_UNKNOWN;
    } else if ((isGroup ? 1 : users.size()) > limit) {
      reason = CommonReason.CHEAPER;
    } else {
      reason = hindrance();
    }
    if (reason == null) {
      return new Way(users, isGroup ? target.groups().get(0) : null, null);
    }
    return new Way(knowOffline ? users : List.of(), null, reason);
  }

  /** The way of what is asked of sessions and nodes: all nodes take part in it. */
  Way commonWay() {
    return new Way(List.of(), null, CommonReason.AUDIENCE);
  }

  private static List<String> notExcepted(Target target) {
    Set<String> excepted = target.exceptUsers();
    return excepted.isEmpty()
        ? target.users()
        : target.users().stream().filter(user -> !excepted.contains(user)).toList();
  }

  /** What keeps messages from being targeted; null: nothing, or this one tries it. */
  private @Nullable CommonReason hindrance() {
    Pause present = pause.get();
    if (present == null) {
      return null;
    }
    long now = nanoTime.getAsLong();
    boolean tries =
        now - present.untilNanos >= 0
            && pause.compareAndSet(present, newPause(present.reason, now));
    return tries ? null : present.reason;
  }

  private static Pause newPause(CommonReason reason, long now) {
    return new Pause(reason, now + PAUSE.toNanos());
  }

  /** Joins of a group on other nodes: they subscribe its channel a little later. */
  Outgoing withDetour(String group, Outgoing message) {
    return message.withDetour(names.group(group));
  }

  /** How one message goes out, and what its answer means; it does not keep the message. */
  final class Way {
    private final List<String> users; // those whose channels are used, or asked about
    private final @Nullable String group; // null: none is targeted
    private final @Nullable CommonReason chosen; // null: it is targeted, if Redis finds it right

    private Way(List<String> users, @Nullable String group, @Nullable CommonReason chosen) {
      this.users = users;
      this.group = group;
      this.chosen = chosen;
    }

    Outgoing outgoing(byte[] message) {
      Outgoing outgoing = new Outgoing(names.common(), message);
      List<String> channels =
          group != null ? List.of(names.group(group)) : users.stream().map(names::user).toList();
      if (channels.isEmpty()) {
        return outgoing;
      }
      Signer copying = chosen == null ? signer : null;
      List<byte[]> copies =
          copying == null
              ? null
              : channels.stream().map(channel -> copying.copyFor(channel, message)).toList();
      return outgoing.to(new Recipients(names.routed(), channels, copies, chosen == null));
    }

    /** Learns from the answer, and counts the message. Called once. */
    void answered(PublishAnswer answer) {
      if (answer.route() == Route.TARGETED) {
        nodes = answer.routed() < 0 ? nodes : answer.routed();
        pause.set(null);
        counters.targeted.increment();
        return;
      }
      nodes = answer.nodes();
      CommonReason reason = reason(answer);
      if (chosen == null && reason != CommonReason.DETOUR) { // which concerns one group only
        pause.set(newPause(reason, nanoTime.getAsLong()));
      }
      counters.common(reason);
    }

    private CommonReason reason(PublishAnswer answer) {
      if (chosen != null) {
        return chosen;
      }
      return switch (answer.route()) {
        case OTHER_SUBSCRIBERS -> CommonReason.OTHER_SUBSCRIBERS;
        case DETOUR -> CommonReason.DETOUR;
        default -> CommonReason.NOT_PERMITTED; // or the backplane knows only one way
      };
    }

    Receipt receipt(int recipients, PublishAnswer answer) {
      boolean oneChannel = answer.route() != Route.TARGETED || users.size() <= 1;
      if (users.isEmpty() || !answer.knowsSubscribers()) {
        return new Receipt(recipients, answer.nodes(), oneChannel, null);
      }
      Set<String> offline = new LinkedHashSet<>();
      for (int i = 0; i < users.size(); i++) {
        if (answer.subscribers(i) == 0) {
          offline.add(users.get(i));
        }
      }
      return new Receipt(recipients, answer.nodes(), oneChannel, offline);
    }
  }
}
