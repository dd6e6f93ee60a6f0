package io.github.redisfanout.backplane.redis;

import java.util.List;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * What {@link PublishScript} answers, read from its beginning to its end: the subscribers of the
 * common channel and of the marker, then for each message what its commands answered. Not
 * thread-safe.
 */
final class ScriptReply {
  private static final Long DETOUR = -1L;
  private static final Long REFUSED = -2L;

  private final List<?> items;
  private int next;

  /** Subscribers of the common channel; 0 if nobody asked. */
  final long all;

  /** Subscribers of the marker; -1 if nobody asked. */
  final long routed;

  ScriptReply(Object answer) {
    items = answer instanceof List<?> list ? list : List.of();
    all = number();
    routed = number();
  }

  /** Whether all subscribers of the common channel take targeted messages. */
  boolean allRouted() {
    return all == routed;
  }

  /** Takes the sign of a detour, if it is there. */
  boolean detour() {
    return takeIf(DETOUR);
  }

  /** Takes the sign that the detour could not be set, if it is there; the error comes next. */
  boolean detourRefused() {
    return takeIf(REFUSED);
  }

  private boolean takeIf(Long sign) {
    boolean found = next < items.size() && sign.equals(items.get(next));
    next += found ? 1 : 0;
    return found;
  }

  /** The next number or error. */
  Object next() {
    Object item = next < items.size() ? items.get(next++) : null;
    if (item instanceof Long || item instanceof JedisDataException) {
      return item;
    }
    throw new JedisException("the script was not answered with a result for each message");
  }

  /** The next number. */
  long number() {
    if (next() instanceof Long number) {
      return number;
    }
    throw new JedisException("the script was not answered with the numbers of subscribers");
  }
}
