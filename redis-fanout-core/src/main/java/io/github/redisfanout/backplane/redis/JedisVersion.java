package io.github.redisfanout.backplane.redis;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.JedisClientConfig;

/** The Jedis on the class path: often it is the application's framework that chooses it. */
final class JedisVersion {
  /** The first that has all we call; {@link #check} looks for what came last. */
  private static final String NEEDED = "6.0.0";

  private static final String PROPERTIES = "/META-INF/maven/redis.clients/jedis/pom.properties";

  private JedisVersion() {}

  /**
   * Refuses a Jedis that is too old, before a thread dies of it.
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
      String found = found();
      throw new IllegalStateException(
          "redis-fanout needs Jedis "
              + NEEDED
              + " or newer, and the class path has "
              + (found == null ? "an older one" : found)
              + ": set the version of redis.clients:jedis (Spring Boot: property jedis.version)");
    }
  }

  /** Its version; null if the jar does not say. */
  static @Nullable String found() {
    try (InputStream in = Connection.class.getResourceAsStream(PROPERTIES)) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version");
    } catch (IOException e) {
      return null; // it is only for a message
    }
  }
}
