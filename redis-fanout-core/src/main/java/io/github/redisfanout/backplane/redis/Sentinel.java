package io.github.redisfanout.backplane.redis;

import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.HostAndPortMapper;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * One sentinel: a connection to ask it, kept open in between, and one for its events. {@link #ask}
 * is for one thread at a time; the rest is thread-safe.
 */
final class Sentinel {
  static final int TIMEOUT_MILLIS = 1_000;

  private final HostAndPort address;
  private final String masterName;
  private final JedisClientConfig config;
  private final SentinelEvents events;
  private final HeldConnection kept = new HeldConnection();
  private final AtomicBoolean asked = new AtomicBoolean();
  private volatile @Nullable String resolved; // null while not certain

  /** {@code onEvent} runs on a thread of this sentinel, which it must not block. */
  Sentinel(
      HostAndPort address,
      String masterName,
      JedisClientConfig config,
      Duration pollInterval,
      Runnable onEvent) {
    this.address = address;
    this.masterName = masterName;
    this.config = limited(config);
    // An answer to each heartbeat, which goes out with each poll.
    int silenceMillis = Math.toIntExact(Math.min(pollInterval.toMillis(), 600_000) * 2);
    events =
        new SentinelEvents(
            address.toString(),
            masterName,
            () -> OneConnection.open(address, this.config, silenceMillis + 2 * TIMEOUT_MILLIS),
            onEvent);
  }

  private static JedisClientConfig limited(JedisClientConfig config) {
    DefaultJedisClientConfig.Builder limited =
        DefaultJedisClientConfig.builder()
            .from(config)
            .protocol(RedisProtocol.RESP2)
            .database(0) // a sentinel has none
            .connectionTimeoutMillis(limited(config.getConnectionTimeoutMillis()))
            .socketTimeoutMillis(limited(config.getSocketTimeoutMillis()));
    if (config.getClientName() == null) {
      limited.clientName("redis-fanout-sentinel");
    }
    return limited.build();
  }

  private static int limited(int millis) {
    return millis == 0 ? TIMEOUT_MILLIS : Math.min(millis, TIMEOUT_MILLIS);
  }

  HostAndPort address() {
    return address;
  }

  void start() {
    events.start();
  }

  /** Whether {@link #ask} may be called now; false until the last one has ended. */
  boolean beginAsking() {
    return asked.compareAndSet(false, true);
  }

  void endAsking() {
    asked.set(false);
  }

  /**
   * Asks for its opinion, and ends asking; connects first, if necessary.
   *
   * @throws RuntimeException if there is none; the message says why
   */
  Opinion ask() {
    try {
      OneConnection open = kept.current();
      if (open != null) {
        try {
          return ask(open);
        } catch (JedisConnectionException e) {
          if (e.getCause() instanceof SocketTimeoutException) {
            throw e;
          }
          // It was restarted since the last time, so dial again.
        }
      }
      resolved = resolve();
      OneConnection dialled = OneConnection.open(address, config, 0);
      kept.hold(dialled);
      return ask(dialled);
    } finally {
      events.heartbeat();
      endAsking();
    }
  }

  private Opinion ask(OneConnection connection) {
    List<Object> replies;
    try {
      // In this order: an address must not be older than its epoch.
      connection.sendCommand(Command.SENTINEL, "MASTER", masterName);
      connection.sendCommand(Command.SENTINEL, "GET-MASTER-ADDR-BY-NAME", masterName);
      connection.sendCommand(Command.SENTINEL, "SENTINELS", masterName);
      connection.sendCommand(Command.SENTINEL, "MYID");
      replies = connection.getMany(4);
    } catch (RuntimeException e) {
      kept.drop();
      throw e;
    }
    return new SentinelReplies(replies.get(0), replies.get(1), replies.get(2), replies.get(3))
        .opinion(address, masterName, resolved);
  }

  /** Its address as the last dial resolved it; null if there are several or none. */
  @Nullable String resolved() {
    return resolved;
  }

  private @Nullable String resolve() {
    HostAndPortMapper mapper = config.getHostAndPortMapper();
    HostAndPort mapped = mapper == null ? null : mapper.getHostAndPort(address);
    HostAndPort dialled = mapped == null ? address : mapped;
    try {
      InetAddress[] addresses = InetAddress.getAllByName(dialled.getHost());
      return addresses.length == 1 ? addresses[0].getHostAddress() + ":" + dialled.getPort() : null;
    } catch (UnknownHostException e) {
      return null; // dialling fails likewise, and says so
    }
  }

  /** Ends both connections; does not wait for the threads. */
  void close() {
    events.close();
    kept.close();
  }

  /** Waits for the end of its thread. */
  void join(Duration limit) {
    events.join(limit);
  }
}
