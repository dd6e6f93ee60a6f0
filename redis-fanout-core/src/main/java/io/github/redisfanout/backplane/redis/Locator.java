package io.github.redisfanout.backplane.redis;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/** Where the server to connect to is, and how sure that is. Thread-safe. */
interface Locator {
  /** Starts watching. */
  void start();

  /** The address to dial now; blocks, about 1 s at most. */
  HostAndPort locate();

  /** When this address was last confirmed as the right one; null if it never was. */
  @Nullable Instant confirmedUntil(HostAndPort address);

  /** Why it may be the wrong one, for people; null while it is confirmed. */
  @Nullable String doubt();

  /** Looks up again as soon as possible; never blocks. */
  void lookAgain();

  /** Whether a majority confirms this address now; blocks as {@link #locate}. */
  boolean confirms(HostAndPort address);

  /** Ends all threads and connections; never throws. */
  void close();
}
