package io.github.redisfanout.backplane.redis;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * Where the server to connect to is, and how sure that is. Thread-safe. Its owner starts it once
 * and closes it.
 */
interface Locator {
  /** Starts watching. */
  void start();

  /**
   * The address to dial now; blocks, about 1 s at most.
   *
   * @throws redis.clients.jedis.exceptions.JedisConnectionException if there is none; its message
   *     says why, without a password
   */
  HostAndPort locate();

  /**
   * The last time as of which this address, of the present or the last server, was confirmed as the
   * right one, by this node's clock; null before the first.
   */
  @Nullable Instant confirmedUntil(HostAndPort address);

  /** Why it may be the wrong server, for people; null while it is confirmed. */
  @Nullable String doubt();

  /** Looks up again as soon as possible; never blocks. */
  void lookAgain();

  /**
   * Whether a majority confirms this address right now; blocks like {@link #locate}. For messages
   * that go out without the fence.
   */
  boolean confirms(HostAndPort address);

  /** Ends all threads and connections; never throws; may be called before {@link #start}. */
  void close();
}
