package io.github.redisfanout.backplane.redis;

import static java.util.Objects.requireNonNullElse;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * What a Redis URI says. Its messages never quote what may be part of a password.
 *
 * @param tls whether its scheme is one of TLS
 * @param masterName the name of the master that the sentinels know; null without sentinels
 * @param addresses of the server, or of the sentinels
 * @param user null if there is none, as {@code password}
 * @param protocol 2, 3, or 0 if it says nothing
 */
record RedisUri(
    boolean tls,
    @Nullable String masterName,
    List<HostAndPort> addresses,
    @Nullable String user,
    @Nullable String password,
    int protocol) {
  private static final int SERVER_PORT = 6379;
  private static final int SENTINEL_PORT = 26_379;

  // A password with such characters ends up in path, query or fragment: never quote those.
  private static final String PERCENT_ENCODE =
      "; in user and password, percent-encode characters such as / ? # @";

  private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*");
  private static final Set<String> SERVER = Set.of("redis", "valkey");
  private static final Set<String> SERVER_TLS = Set.of("rediss", "valkeys");
  private static final Set<String> SENTINEL = Set.of("redis-sentinel", "redis+sentinel");
  private static final Set<String> SENTINEL_TLS = Set.of("rediss-sentinel", "rediss+sentinel");

  /** Schemes of other libraries, and what to do instead. */
  private static final Map<String, String> OTHERS =
      Map.of(
          "unix", "Unix sockets are not supported; use TCP: redis://host:port",
          "redis+socket", "Unix sockets are not supported; use TCP: redis://host:port",
          "redis-socket", "Unix sockets are not supported; use TCP: redis://host:port",
          "redis-cluster", "Redis Cluster is not supported yet",
          "rediss-cluster", "Redis Cluster is not supported yet",
          "http", "that is no address of Redis",
          "https", "that is no address of Redis");

  // URI does not accept an underscore in a host, but names in a container network may have one.
  private static final Pattern AUTHORITY = Pattern.compile("(?:([^@]*)@)?([^@]*)");
  private static final Pattern HOST =
      Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.%a-z]+])(?::(\\d{0,10}))?");
  private static final Pattern PARTS =
      Pattern.compile("[^:]+://([^/?#]*)(/[^?#]*)?(?:\\?([^#]*))?(?:#(.*))?", Pattern.DOTALL);

  /** Reads a URI, see {@link RedisEndpoint#of}. */
  static RedisUri parse(String text) {
    String uri = text.strip();
    String scheme = scheme(uri);
    boolean sentinels = SENTINEL.contains(scheme) || SENTINEL_TLS.contains(scheme);
    if (!sentinels && !SERVER.contains(scheme) && !SERVER_TLS.contains(scheme)) {
      String instead = OTHERS.get(scheme);
      throw invalid(
          "must begin with redis://, rediss://, redis-sentinel:// or rediss-sentinel://: scheme "
              + (scheme.isEmpty() ? "none" : scheme)
              + (instead == null ? "" : "; " + instead));
    }
    Matcher parts = PARTS.matcher(uri);
    if (!parts.matches() || (!sentinels && !uri.contains(","))) {
      parts = PARTS.matcher(checked(uri)); // for its better messages
    }
    if (!parts.matches()) {
      throw noHost(sentinels);
    }
    Matcher authority = AUTHORITY.matcher(parts.group(1));
    if (!authority.matches()) {
      throw noHost(sentinels);
    }
    List<Matcher> hosts = hosts(authority.group(2), sentinels);
    if (!sentinels && hosts.size() > 1) {
      throw invalid(
          "must name one host; for sentinels, write redis-sentinel://host1:26379,host2:26379#name;"
              + " Redis Cluster is not supported yet");
    }
    String name = parts.group(4);
    if (!sentinels && name != null) {
      throw invalid("must not have a fragment" + PERCENT_ENCODE);
    }
    Credentials credentials = Credentials.of(authority.group(1));
    Query query = Query.of(parts.group(3), sentinels);
    String path = parts.group(2);
    if (path != null && !path.matches("/|/\\d{1,9}")) {
      throw invalid("path must be a database number", "'s ", PERCENT_ENCODE);
    }
    String master = name == null || name.isEmpty() ? query.masterName : decode(name);
    if (sentinels && (master == null || master.isEmpty())) {
      throw invalid(
          "must name the master, as in redis-sentinel://localhost:26379#mymaster" + PERCENT_ENCODE);
    }
    return new RedisUri(
        SERVER_TLS.contains(scheme) || SENTINEL_TLS.contains(scheme),
        sentinels ? master : null,
        // Last, because its message quotes the port, which may be the beginning of a password.
        hosts.stream().map(host -> address(host, sentinels)).toList(),
        credentials.user,
        credentials.password,
        query.protocol);
  }

  private static String scheme(String uri) {
    Matcher matcher = SCHEME.matcher(uri.replace('\n', ' '));
    if (matcher.matches()) {
      return matcher.group(1).toLowerCase(Locale.ROOT);
    }
    checked(uri);
    return "";
  }

  private static String checked(String uri) {
    try {
      return new URI(uri).toString();
    } catch (URISyntaxException e) {
      // The exception's own message and its cause would quote the password.
      throw invalid("is not a valid URI: " + e.getReason());
    }
  }

  private static List<Matcher> hosts(String hosts, boolean sentinels) {
    List<Matcher> all = new ArrayList<>();
    for (String each : hosts.split(",", -1)) {
      Matcher host = HOST.matcher(each);
      if (!host.matches()) {
        throw noHost(sentinels);
      }
      all.add(host);
    }
    return all;
  }

  private static HostAndPort address(Matcher host, boolean sentinels) {
    String port = requireNonNullElse(host.group(2), "");
    int standard = sentinels ? SENTINEL_PORT : SERVER_PORT;
    long number = port.isEmpty() ? standard : Long.parseLong(port);
    if (number > Integer.MAX_VALUE) {
      throw noHost(sentinels);
    }
    return address(host.group(1), (int) number);
  }

  static HostAndPort address(String host, int port) {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("Redis port must be 1 to 65535: " + port);
    }
    return new HostAndPort(host, port);
  }

  private static IllegalArgumentException noHost(boolean sentinels) {
    return invalid(
        (sentinels
                ? "must name the sentinels, as in redis-sentinel://localhost:26379#mymaster"
                : "must name a host, as in redis://localhost:6379")
            + PERCENT_ENCODE);
  }

  private static IllegalArgumentException invalid(String rule) {
    return new IllegalArgumentException("Redis URI " + rule);
  }

  private static IllegalArgumentException invalid(String rule, String genitive, String more) {
    return new IllegalArgumentException("Redis URI" + genitive + rule + more);
  }

  private record Credentials(@Nullable String user, @Nullable String password) {
    static Credentials of(@Nullable String userInfo) {
      if (userInfo == null) {
        return new Credentials(null, null);
      }
      int colon = userInfo.indexOf(':');
      if (colon < 0) {
        throw invalid(
            "names a user without a password; write redis://user:password@host or"
                + " redis://:password@host");
      }
      String user = colon == 0 ? null : decode(userInfo.substring(0, colon));
      return new Credentials(user, decode(userInfo.substring(colon + 1)));
    }
  }

  private record Query(int protocol, @Nullable String masterName) {
    static Query of(@Nullable String query, boolean sentinels) {
      int protocol = 0;
      String masterName = null;
      for (String each : query == null ? new String[0] : query.split("&", -1)) {
        int equals = each.indexOf('=');
        String name = equals < 0 ? each : each.substring(0, equals);
        String value = each.substring(equals + 1);
        switch (name) {
          case "protocol" -> protocol = protocol(value);
          case "db", "database" -> {
            if (!value.matches("\\d{1,9}")) {
              throw unknownQuery();
            }
          }
          case "ssl_cert_reqs" -> requireCertificates(value);
          case "sentinelMasterId" -> {
            if (!sentinels) {
              throw unknownQuery();
            }
            masterName = decode(value);
          }
          default -> throw unknownQuery();
        }
      }
      return new Query(protocol, masterName);
    }

    private static int protocol(String value) {
      return switch (value) {
        case "2" -> 2;
        case "3" -> 3;
        default -> throw unknownQuery();
      };
    }

    private static void requireCertificates(String value) {
      if (!value.equals("required")) {
        throw invalid(
            "may only have ssl_cert_reqs=required: certificates are always checked; to trust an"
                + " authority of your own, add it to the JVM's trust store, or use"
                + " RedisEndpoint.withJedis with SslOptions");
      }
    }

    private static IllegalArgumentException unknownQuery() {
      return invalid(
          "may only have the query protocol=2, protocol=3, db=number or ssl_cert_reqs=required"
              + PERCENT_ENCODE);
    }
  }

  private static String decode(String encoded) {
    String decoded;
    try {
      // URLDecoder reads '+' as a space, which it is not in a URI's user info.
      decoded = URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw invalid("is not a valid URI: Malformed escape pair"); // without its cause
    }
    if (decoded.indexOf('\uFFFD') >= 0) {
      throw invalid("user and password must be percent-encoded UTF-8", "'s ", "");
    }
    return decoded;
  }

  /** Without user and password. */
  @Override
  public String toString() {
    return "RedisUri(" + addresses + ")";
  }
}
