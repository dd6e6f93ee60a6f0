package io.github.redisfanout.examples.chat;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisSentinelClient;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The store's connections to Redis, one server's or those of the master that sentinels name.
 *
 * <p>After a failover, a pooled connection may still lead to the old master. So a command that was
 * refused is tried again on a new connection, for a short time. Thread-safe.
 */
final class StoreRedis implements AutoCloseable {
  private static final long RETRY_NANOS = Duration.ofSeconds(3).toNanos();
  private static final Pattern SENTINELS =
      Pattern.compile("redis(s?)[-+]sentinel://(?:(.*)@)?([^/?#@]+)[^#]*#(.+)");

  private final UnifiedJedis redis;
  private final Runnable dropIdleConnections;

  /** The forms of {@code RedisEndpoint.of}, which has checked the URL. */
  StoreRedis(String redisUrl) {
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(16);
    // A request waits for a connection for a limited time.
    pool.setMaxWait(Duration.ofSeconds(2));
    // A connection that broke while it was idle must not cost a request.
    pool.setTestOnBorrow(true);
    String url = redisUrl.strip().replaceFirst("^(?i)valkey", "redis");
    Matcher sentinels = SENTINELS.matcher(url);
    if (sentinels.matches()) {
      redis = sentinelClient(sentinels, pool);
      dropIdleConnections = () -> {}; // it does that when the master changes
    } else {
      URI uri = URI.create(url);
      RedisClient client =
          RedisClient.builder()
              .hostAndPort(uri.getHost(), uri.getPort() < 0 ? 6379 : uri.getPort())
              .clientConfig(DefaultJedisClientConfig.builder(uri).build())
              .poolConfig(pool)
              .build();
      redis = client;
      dropIdleConnections = () -> client.getPool().clear();
    }
  }

  private static RedisSentinelClient sentinelClient(Matcher uri, ConnectionPoolConfig pool) {
    DefaultJedisClientConfig.Builder servers = DefaultJedisClientConfig.builder();
    DefaultJedisClientConfig.Builder sentinels = DefaultJedisClientConfig.builder();
    if (!uri.group(1).isEmpty()) {
      servers.sslOptions(SslOptions.builder().build());
      sentinels.sslOptions(SslOptions.builder().build());
    }
    if (uri.group(2) != null) {
      URI credentials = URI.create("redis://" + uri.group(2) + "@host");
      DefaultJedisClientConfig parsed = DefaultJedisClientConfig.builder(credentials).build();
      servers.user(parsed.getUser()).password(parsed.getPassword());
    }
    return RedisSentinelClient.builder()
        .masterName(uri.group(4))
        .sentinels(
            Arrays.stream(uri.group(3).split(","))
                .map(host -> host.matches(".*:\\d+") ? host : host + ":26379")
                .map(HostAndPort::from)
                .collect(Collectors.toSet()))
        .sentinelClientConfig(sentinels.build())
        .clientConfig(servers.build())
        .poolConfig(pool)
        .build();
  }

  /** Runs a command that may be repeated: tries again also if no answer came. */
  <T extends @Nullable Object> T repeatable(Function<UnifiedJedis, T> command) {
    return run(command, e -> isRefused(e) || e instanceof JedisConnectionException);
  }

  /** Runs a command that must not be repeated: tries again only if Redis has refused it. */
  <T extends @Nullable Object> T once(Function<UnifiedJedis, T> command) {
    return run(command, StoreRedis::isRefused);
  }

  private <T extends @Nullable Object> T run(
      Function<UnifiedJedis, T> command, Predicate<JedisException> mayRepeat) {
    long deadline = System.nanoTime() + RETRY_NANOS;
    while (true) {
      try {
        return command.apply(redis);
      } catch (JedisException e) {
        if (!mayRepeat.test(e) || System.nanoTime() - deadline >= 0) {
          throw e;
        }
        dropIdleConnections.run();
        pause(e);
      }
    }
  }

  /** The server has become a replica, or lost its replicas: it has executed nothing. */
  private static boolean isRefused(JedisException e) {
    return e instanceof JedisDataException
        && String.valueOf(e.getMessage()).matches("(?s)(READONLY|NOREPLICAS|LOADING).*");
  }

  private static void pause(JedisException reason) {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw reason;
    }
  }

  @Override
  public void close() {
    redis.close();
  }
}
