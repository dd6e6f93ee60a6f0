package io.github.redisfanout.backplane.redis;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.SslOptions;

/**
 * The address and credentials of a standalone Redis; immutable.
 *
 * <p>The host name is resolved again for each connection. A database number in the URI is ignored:
 * Redis databases do not separate pub/sub channels.
 */
public final class RedisEndpoint {
  private static final int DEFAULT_PORT = 6379;

  // A password with such characters ends up in path, query or fragment: never quote those.
  private static final String PERCENT_ENCODE =
      " in user and password, percent-encode characters such as / ? # @";

  private final HostAndPort address;
  private final JedisClientConfig clientConfig;

  /** Whether to keep the socket timeout of {@link #clientConfig}. */
  private final boolean ownTimeouts;

  private RedisEndpoint(
      String host, int port, JedisClientConfig clientConfig, boolean ownTimeouts) {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("Redis port must be 1 to 65535: " + port);
    }
    address = new HostAndPort(host, port);
    this.clientConfig = clientConfig;
    this.ownTimeouts = ownTimeouts;
  }

  /**
   * Reads {@code redis[s]://[[user]:password@]host[:port][/database][?protocol=2|3]}.
   *
   * <p>{@code rediss} is TLS with the JVM's trust store and host name verification. User and
   * password are percent-encoded. The default port is 6379. Connecting and each answer of the login
   * may take 2 s, later answers the backplane's read timeout. Opens no connection.
   *
   * @throws IllegalArgumentException if the text is not such a URI; its message has no password
   * @throws IllegalStateException if the Jedis on the class path is too old; the message names it
   */
  public static RedisEndpoint of(String uri) {
    requireNonNull(uri, "uri == null");
    JedisVersion.check();
    URI parsed;
    try {
      parsed = new URI(uri);
    } catch (URISyntaxException e) {
      // The exception's own message and its cause would quote the password.
      throw new IllegalArgumentException("Redis URI is not a valid URI: " + e.getReason());
    }
    boolean tls = "rediss".equalsIgnoreCase(parsed.getScheme());
    if (!tls && !"redis".equalsIgnoreCase(parsed.getScheme())) {
      throw new IllegalArgumentException(
          "Redis URI must begin with redis:// or rediss://: scheme " + parsed.getScheme());
    }
    Authority authority = Authority.of(parsed);
    if (parsed.getRawFragment() != null) {
      throw new IllegalArgumentException("Redis URI must not have a fragment;" + PERCENT_ENCODE);
    }
    DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder();
    readCredentials(authority.userInfo(), config);
    readQuery(parsed, config);
    String path = parsed.getRawPath();
    if (path != null && !path.matches("/?|/\\d{1,9}")) {
      throw new IllegalArgumentException(
          "Redis URI's path must be a database number;" + PERCENT_ENCODE);
    }
    if (tls) {
      config.sslOptions(SslOptions.builder().build()); // checks certificate chain and host name
    }
    int port = authority.port() == -1 ? DEFAULT_PORT : authority.port();
    return new RedisEndpoint(authority.host(), port, config.build(), false);
  }

  /**
   * A host and port with any of Jedis' client settings.
   *
   * <p>Exceptions: the read timeout while subscribed is the backplane's, as is a connection or
   * socket timeout of 0, and no database is selected. The socket timeout, 2 s by Jedis' default,
   * limits the answer to a publish.
   *
   * @throws IllegalArgumentException if the port is not 1 to 65535
   * @throws IllegalStateException if the Jedis on the class path is too old; the message names it
   */
  public static RedisEndpoint withJedis(String host, int port, JedisClientConfig clientConfig) {
    requireNonNull(host, "host == null");
    requireNonNull(clientConfig, "clientConfig == null");
    JedisVersion.check();
    return new RedisEndpoint(host, port, clientConfig, true);
  }

  /** The address of the server. */
  HostAndPort address() {
    return address;
  }

  JedisClientConfig clientConfig() {
    return clientConfig;
  }

  /** Opens a new connection, which the caller closes. */
  OneConnection connect(String clientName, Duration readTimeout) {
    return connect(address, clientName, readTimeout);
  }

  /** Opens a new connection to this address, which the caller closes. */
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
    return OneConnection.open(address, config.build(), ownTimeouts ? 0 : readMillis);
  }

  /** {@code host:port}, without user or password. */
  @Override
  public String toString() {
    return address.toString();
  }

  private static int bounded(int millis, int instead) {
    return millis == 0 ? instead : millis;
  }

  /** The part of a URI before the path; the port is -1 if it has none. */
  private record Authority(@Nullable String userInfo, String host, int port) {
    // URI does not accept an underscore in a host, but names in a container network may have one.
    private static final Pattern SERVICE_NAME =
        Pattern.compile("(?:([^@]*)@)?([A-Za-z0-9._-]+)(?::(\\d{1,5}))?");

    static Authority of(URI uri) {
      if (uri.getHost() != null) {
        return new Authority(uri.getRawUserInfo(), uri.getHost(), uri.getPort());
      }
      Matcher matcher = SERVICE_NAME.matcher(requireNonNullElse(uri.getRawAuthority(), ""));
      if (!matcher.matches()) {
        throw new IllegalArgumentException(
            "Redis URI must name a host, as in redis://localhost:6379;" + PERCENT_ENCODE);
      }
      int port = matcher.group(3) == null ? -1 : Integer.parseInt(matcher.group(3));
      return new Authority(matcher.group(1), matcher.group(2), port);
    }
  }

  private static void readCredentials(
      @Nullable String userInfo, DefaultJedisClientConfig.Builder config) {
    if (userInfo == null) {
      return;
    }
    int colon = userInfo.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException(
          "Redis URI names a user without a password; write redis://user:password@host or"
              + " redis://:password@host");
    }
    if (colon > 0) {
      config.user(decode(userInfo.substring(0, colon)));
    }
    config.password(decode(userInfo.substring(colon + 1)));
  }

  private static void readQuery(URI uri, DefaultJedisClientConfig.Builder config) {
    String query = uri.getRawQuery();
    if (query == null) {
      return;
    }
    switch (query) {
      case "protocol=2" -> config.protocol(RedisProtocol.RESP2);
      case "protocol=3" -> config.protocol(RedisProtocol.RESP3);
      default ->
          throw new IllegalArgumentException(
              "Redis URI may only have the query protocol=2 or protocol=3;" + PERCENT_ENCODE);
    }
  }

  private static String decode(String encoded) {
    // URLDecoder reads '+' as a space, which it is not in a URI's user info.
    String decoded = URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
    if (decoded.indexOf('\uFFFD') >= 0) {
      throw new IllegalArgumentException(
          "Redis URI's user and password must be percent-encoded UTF-8");
    }
    return decoded;
  }
}
