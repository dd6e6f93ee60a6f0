package io.github.redisfanout.backplane;

import static java.util.Objects.requireNonNull;

/** What the other side said of a message that it took; immutable. */
public final class PublishAnswer {
  private static final long[] NONE = {};

  /** Which way a message went. More values may be added. */
  public enum Route {
    /** On the common channel, as was asked. */
    COMMON,
    /** On the channels of its recipients. */
    TARGETED,
    /** On the common channel, because not all of its subscribers take targeted messages. */
    OTHER_SUBSCRIBERS,
    /** On the common channel, because of a {@linkplain Outgoing#detour detour}. */
    DETOUR,
    /** On the common channel, because the other side does not permit what targeting needs. */
    NOT_PERMITTED
  }

  private final Route route;
  private final long nodes;
  private final long routed;
  private final long[] subscribers;

  private PublishAnswer(Route route, long nodes, long routed, long[] subscribers) {
    this.route = requireNonNull(route, "route == null");
    this.nodes = nodes;
    this.routed = routed;
    this.subscribers = subscribers;
  }

  /** It was handed to this many connections on the common channel, and nothing else is known. */
  public static PublishAnswer ofNodes(long nodes) {
    return new PublishAnswer(Route.COMMON, nodes, -1, NONE);
  }

  /**
   * The answer to a message with recipients.
   *
   * @param nodes connections that it was handed to, on all channels together
   * @param routed subscribers of {@link Recipients#routed}; -1 if not known
   * @param subscribers of each channel of the recipients at that moment; empty if not known
   */
  public static PublishAnswer of(Route route, long nodes, long routed, long... subscribers) {
    return new PublishAnswer(route, nodes, routed, subscribers.clone());
  }

  /** Which way it went. */
  public Route route() {
    return route;
  }

  /**
   * Connections that it was handed to, as far as the backplane knows; on several channels one
   * connection may count several times. Says nothing about users.
   */
  public long nodes() {
    return nodes;
  }

  /** How many nodes take targeted messages; -1 if not known. */
  public long routed() {
    return routed;
  }

  /** Whether the subscribers of the recipients' channels are known. */
  public boolean knowsSubscribers() {
    return subscribers.length > 0;
  }

  /** The subscribers of the recipients' channel with this index, at that moment. */
  public long subscribers(int index) {
    return subscribers[index];
  }

  @Override
  public String toString() {
    return "PublishAnswer(" + route + ", " + nodes + " nodes)";
  }
}
