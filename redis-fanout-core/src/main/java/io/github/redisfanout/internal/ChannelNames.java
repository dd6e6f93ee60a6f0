package io.github.redisfanout.internal;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * The channels of an application; immutable.
 *
 * @param common the application's channel, which every node subscribes
 */
public record ChannelNames(String common) {
  private static final String USER = ":u:";
  private static final String GROUP = ":g:";

  /** Checks that it is not null. */
  public ChannelNames {
    requireNonNull(common, "common == null");
  }

  /** The channel of one user. */
  public String user(String userId) {
    return common + USER + userId;
  }

  /** The channel of one group. */
  public String group(String name) {
    return common + GROUP + name;
  }

  /**
   * Subscribed by each node that subscribes the channels of its users and groups, in the same
   * command as the common one. While both have as many subscribers, all nodes do.
   */
  public String routed() {
    return common + ":redis-fanout:routed";
  }

  /** Whose channel it is; null if it is not a user's. */
  public @Nullable String userOf(String channel) {
    return after(USER, channel);
  }

  /** Which group's channel it is; null if it is not a group's. */
  public @Nullable String groupOf(String channel) {
    return after(GROUP, channel);
  }

  private @Nullable String after(String kind, String channel) {
    int length = common.length() + kind.length();
    return channel.length() > length
            && channel.startsWith(common)
            && channel.startsWith(kind, common.length())
        ? channel.substring(length)
        : null;
  }
}
