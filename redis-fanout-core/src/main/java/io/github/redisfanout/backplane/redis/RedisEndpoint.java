package io.github.redisfanout.backplane.redis;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.internal.Checks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.SslOptions;

/**
 * Where Redis is, and how to log in: one server, or the master that a group of sentinels names;
 * immutable.
 *
 * <p>A host name is resolved again for each connection. A database number is ignored: Redis
 * databases do not separate pub/sub channels.
 */
public final class RedisEndpoint {
  private final List<HostAndPort> addresses; // of the server, or of the sentinels
  private final @Nullable String masterName; // null without sentinels
  private final JedisClientConfig clientConfig;
  private final JedisClientConfig sentinelConfig; // of no meaning without sentinels

  /** Whether to keep the socket timeout of {@link #clientConfig}. */
  private final boolean ownTimeouts;

  private final Duration loginInterval; // zero: never

  private RedisEndpoint(
      List<HostAndPort> addresses,
      @Nullable String masterName,
      JedisClientConfig clientConfig,
      JedisClientConfig sentinelConfig,
      boolean ownTimeouts) {
    this(addresses, masterName, clientConfig, sentinelConfig, ownTimeouts, Duration.ZERO);
  }

  private RedisEndpoint(
      List<HostAndPort> addresses,
      @Nullable String masterName,
      JedisClientConfig clientConfig,
      JedisClientConfig sentinelConfig,
      boolean ownTimeouts,
      Duration loginInterval) {
    this.addresses = List.copyOf(addresses);
    this.masterName = masterName;
    this.clientConfig = clientConfig;
    this.sentinelConfig = sentinelConfig;
    this.ownTimeouts = ownTimeouts;
    this.loginInterval = loginInterval;
  }

  /**
   * Reads a URI of one of these forms; white space around it is ignored.
   *
   * <ul>
   *   <li>{@code redis[s]://[[user]:password@]host[:port][/database][?query]}: one server. The
   *       default port is 6379. {@code valkey[s]} is the same.
   *   <li>{@code
   *       redis[s]-sentinel://[[user]:password@]host[:port][,host[:port]…][/database][?query]
   *       #masterName}: the hosts are sentinels, whose default port is 26379. User and password are
   *       those of the servers; for sentinels with a password use {@link #sentinel}.
   * </ul>
   *
   * <p>With {@code s}, all connections use TLS with the JVM's trust store and host name
   * verification. User and password are percent-encoded. The query may have {@code protocol=2},
   * which sends no HELLO, or {@code protocol=3}; {@code db=number}, which is ignored; and {@code
   * ssl_cert_reqs=required}, which is always so. Connecting and each answer of the login may take 2
   * s, later answers the backplane's read timeout. Opens no connection.
   *
   * @throws IllegalArgumentException if the text is not such a URI; its message has no password
   * @throws IllegalStateException if the Jedis on the class path is too old; the message names it
   */
  public static RedisEndpoint of(String uri) {
    requireNonNull(uri, "uri == null");
    JedisVersion.check();
    RedisUri parsed = RedisUri.parse(uri);
    JedisClientConfig sentinelConfig = builder(parsed).build();
    DefaultJedisClientConfig.Builder config = builder(parsed);
    if (parsed.user() != null) {
      config.user(parsed.user());
    }
    if (parsed.password() != null) {
      config.password(parsed.password());
    }
    if (parsed.protocol() != 0) {
      config.protocol(parsed.protocol() == 2 ? RedisProtocol.RESP2 : RedisProtocol.RESP3);
    }
    return new RedisEndpoint(
        parsed.addresses(), parsed.masterName(), config.build(), sentinelConfig, false);
  }

  private static DefaultJedisClientConfig.Builder builder(RedisUri parsed) {
    DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder();
    if (parsed.tls()) {
      config.sslOptions(SslOptions.builder().build()); // checks certificate chain and host name
    }
    return config;
  }

  /**
   * A host and port with any of Jedis' client settings.
   *
   * <p>Exceptions: the read timeout while subscribed is the backplane's, as is a connection or
   * socket timeout of 0, and no database is selected. The socket timeout, 2 s by Jedis' default,
   * limits the answer to a publish. With RESP2 no HELLO is sent.
   *
   * @throws IllegalArgumentException if the port is not 1 to 65535
   * @throws IllegalStateException if the Jedis on the class path is too old; the message names it
   */
  public static RedisEndpoint withJedis(String host, int port, JedisClientConfig clientConfig) {
    requireNonNull(host, "host == null");
    requireNonNull(clientConfig, "clientConfig == null");
    JedisVersion.check();
    return new RedisEndpoint(
        List.of(RedisUri.address(host, port)), null, clientConfig, clientConfig, true);
  }

  /**
   * The master that a group of sentinels names, with any of Jedis' client settings.
   *
   * @param masterName under which the sentinels know it, often {@code mymaster}
   * @throws IllegalArgumentException if the name is empty
   * @throws IllegalStateException if the Jedis on the class path is too old; the message names it
   */
  public static SentinelBuilder sentinel(String masterName) {
    if (requireNonNull(masterName, "masterName == null").isEmpty()) {
      throw new IllegalArgumentException("masterName must not be empty");
    }
    JedisVersion.check();
    return new SentinelBuilder(masterName);
  }

  /**
   * The same, with both connections logging in again now and then, with what the credentials
   * provider gives at that time. Default: only new connections log in.
   *
   * <p>For servers that close a connection when its token expires: choose less than half of a
   * token's life. It needs RESP3, which Jedis speaks by default from version 8 on; with RESP2 the
   * receiving connection is opened again, which is a gap. An {@code AuthXManager} needs no
   * interval.
   *
   * @throws IllegalArgumentException if the interval is not 1 ms to 24 days
   */
  public RedisEndpoint withLoginInterval(Duration interval) {
    return new RedisEndpoint(
        addresses,
        masterName,
        clientConfig,
        sentinelConfig,
        ownTimeouts,
        Checks.positive("loginInterval", interval));
  }

  /** The same with no timeout longer than this, also while it logs in. */
  RedisEndpoint withTimeout(Duration limit) {
    int millis = Math.toIntExact(limit.toMillis());
    JedisClientConfig shorter =
        DefaultJedisClientConfig.builder()
            .from(clientConfig)
            .connectionTimeoutMillis(atMost(millis, clientConfig.getConnectionTimeoutMillis()))
            .socketTimeoutMillis(atMost(millis, clientConfig.getSocketTimeoutMillis()))
            .build();
    return new RedisEndpoint(addresses, masterName, shorter, sentinelConfig, false, loginInterval);
  }

  private static int atMost(int limit, int millis) {
    return Math.min(limit, bounded(millis, limit));
  }

  Duration loginInterval() {
    return loginInterval;
  }

  /** Whether sentinels name the server. */
  boolean hasSentinels() {
    return masterName != null;
  }

  /** The name of the master; only with sentinels. */
  String masterName() {
    return requireNonNull(masterName);
  }

  /** The sentinels; only with sentinels. */
  List<HostAndPort> sentinels() {
    return addresses;
  }

  JedisClientConfig sentinelConfig() {
    return sentinelConfig;
  }

  /** The address of the server; only without sentinels. */
  HostAndPort address() {
    return addresses.get(0);
  }

  JedisClientConfig clientConfig() {
    return clientConfig;
  }

  /** Opens a new connection to a server at this address, which the caller closes. */
  OneConnection connect(HostAndPort address, String clientName, Duration readTimeout) {
    int readMillis = Math.toIntExact(readTimeout.toMillis());
    DefaultJedisClientConfig.Builder config =
        DefaultJedisClientConfig.builder()
            .from(clientConfig)
            .database(0)
            .blockingSocketTimeoutMillis(readMillis)
            .connectionTimeoutMillis(bounded(clientConfig.getConnectionTimeoutMillis(), readMillis))
            .socketTimeoutMillis(bounded(clientConfig.getSocketTimeoutMillis(), readMillis));
    if (clientConfig.getClientName() == null) {
      config.clientName(clientName);
    }
    if (clientConfig.getRedisProtocol() == RedisProtocol.RESP2) {
      JedisVersion.sendNoHello(config); // Jedis would send HELLO 2
    }
    return OneConnection.open(address, config.build(), ownTimeouts ? 0 : readMillis);
  }

  /** {@code host:port}, or the name of the master and its sentinels; no user or password. */
  @Override
  public String toString() {
    String hosts = addresses.stream().map(HostAndPort::toString).collect(Collectors.joining(", "));
    return masterName == null ? hosts : "master \"" + masterName + "\" of sentinels " + hosts;
  }

  private static int bounded(int millis, int instead) {
    return millis == 0 ? instead : millis;
  }

  /**
   * Collects the sentinels and the settings for them and for the servers; not thread-safe.
   *
   * <p>Further sentinels are learned from these. A {@code HostAndPortMapper} of the settings maps
   * the addresses that sentinels name.
   */
  public static final class SentinelBuilder {
    private final String masterName;
    private final List<HostAndPort> sentinels = new ArrayList<>();
    private JedisClientConfig serverConfig = DefaultJedisClientConfig.builder().build();
    private JedisClientConfig sentinelConfig = DefaultJedisClientConfig.builder().build();

    private SentinelBuilder(String masterName) {
      this.masterName = masterName;
    }

    /**
     * Adds a sentinel. At least one is needed; name all, since any may be away at the start.
     *
     * @throws IllegalArgumentException if the port is not 1 to 65535
     */
    public SentinelBuilder sentinel(String host, int port) {
      sentinels.add(RedisUri.address(requireNonNull(host, "host == null"), port));
      return this;
    }

    /** For connections to the servers, as in {@link RedisEndpoint#withJedis}. Default: none. */
    public SentinelBuilder serverConfig(JedisClientConfig config) {
      serverConfig = requireNonNull(config, "config == null");
      return this;
    }

    /** For connections to the sentinels; their timeouts are 1 s at most. Default: none. */
    public SentinelBuilder sentinelConfig(JedisClientConfig config) {
      sentinelConfig = requireNonNull(config, "config == null");
      return this;
    }

    /**
     * The endpoint.
     *
     * @throws IllegalArgumentException if no sentinel was added
     */
    public RedisEndpoint build() {
      if (sentinels.isEmpty()) {
        throw new IllegalArgumentException("sentinels must name at least one");
      }
      return new RedisEndpoint(sentinels, masterName, serverConfig, sentinelConfig, true);
    }
  }
}
