package io.github.redisfanout;

import java.util.Collections;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A publish that succeeded; immutable. */
public final class Receipt {
  private final int recipients;
  private final long nodes;
  private final boolean nodesExact;
  private final @Nullable Set<String> offlineUsers; // null: not known

  /** On the common channel, without a question about users. */
  Receipt(int recipients, long nodes) {
    this(recipients, nodes, true, null);
  }

  /** {@code offlineUsers} are null if they are not known; nobody may change them afterwards. */
  Receipt(int recipients, long nodes, boolean nodesExact, @Nullable Set<String> offlineUsers) {
    this.recipients = recipients;
    this.nodes = nodes;
    this.nodesExact = nodesExact;
    this.offlineUsers = offlineUsers == null ? null : Collections.unmodifiableSet(offlineUsers);
  }

  /**
   * Distinct users and groups named, everyone counts as one; 0 means there was nobody to publish
   * to, and nothing was sent.
   */
  public int recipients() {
    return recipients;
  }

  /**
   * Nodes that Redis handed the message to, and other subscribers of the channel. Says which users
   * are online only through {@link #offlineUsers}.
   */
  public long nodes() {
    return nodes;
  }

  /**
   * Whether {@link #nodes} is exact. If not, it is an upper bound: the message went out on the
   * channels of several users, and a node with two of them counts twice.
   */
  public boolean nodesExact() {
    return nodesExact;
  }

  /**
   * The users who had no session on any node when Redis took the message; empty if that is not
   * {@linkplain #knowsOffline known}. Unmodifiable, in the order in which they were named.
   *
   * <p>Send them a push notification. Only users who are named, and not excepted, are listed. A
   * client that vanished without closing its connection counts as there until its node notices, at
   * the latest after the {@linkplain FanoutConfig.Builder#silenceLimit silence limit}; a node that
   * died, until Redis closes its connection.
   */
  public Set<String> offlineUsers() {
    return offlineUsers == null ? Set.of() : offlineUsers;
  }

  /**
   * Whether {@link #offlineUsers} is the answer for every user who is named and not excepted.
   *
   * <p>True for users whose message was targeted, and for publishes with {@link
   * PublishOption#KNOW_OFFLINE}. False while a subscriber of the channel takes no targeted
   * messages, because users may be online there; if Redis does not permit to ask; of an audience
   * without users; and always with {@link Routing#BROADCAST}.
   */
  public boolean knowsOffline() {
    return offlineUsers != null;
  }

  /** Numbers only: ids are nobody else's business. */
  @Override
  public String toString() {
    return "Receipt(%s recipients, %s%s nodes%s)"
        .formatted(
            recipients,
            nodesExact ? "" : "at most ",
            nodes,
            offlineUsers == null ? "" : ", " + offlineUsers.size() + " users offline");
  }
}
