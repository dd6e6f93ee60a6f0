package io.github.redisfanout.backplane.redis;

import static java.util.Objects.requireNonNullElse;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.JedisClientConfig;

/** Checks the Jedis on the class path, whose version a framework may have chosen. */
final class JedisVersion {
  /** The first version with all methods we call; {@link #check} looks for the newest one. */
  private static final String NEEDED = "6.0.0";

  private static final String PROPERTIES = "/META-INF/maven/redis.clients/jedis/pom.properties";

  private JedisVersion() {}

  /**
   * Refuses a Jedis that is too old.
   *
   * @throws IllegalStateException if it is; the message names its version and the one needed
   */
  static void check() {
    check(DefaultJedisClientConfig.Builder.class);
  }

  static void check(Class<?> configBuilder) {
    try {
      configBuilder.getMethod("from", JedisClientConfig.class);
    } catch (NoSuchMethodException e) {
      String found = requireNonNullElse(found(), "an older one");
      throw new IllegalStateException(
          "redis-fanout needs Jedis %s or newer, and the class path has %s: set the version of"
                  .formatted(NEEDED, found)
              + " redis.clients:jedis (Spring Boot: property jedis.version)");
    }
  }

  /** Makes connections speak RESP2 without a HELLO, which some proxies do not know. */
  static void sendNoHello(DefaultJedisClientConfig.Builder config) {
    config.protocol(null);
    try {
      config.autoNegotiateProtocol(false);
    } catch (NoSuchMethodError e) {
      // Before Jedis 8 there is no negotiation.
    }
  }

  /** Its version; null if the jar does not contain it. */
  static @Nullable String found() {
    try (InputStream in = Connection.class.getResourceAsStream(PROPERTIES)) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version");
    } catch (IOException e) {
      return null; // only for a message
    }
  }
}
