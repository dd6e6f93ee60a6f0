package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import redis.clients.jedis.DefaultJedisClientConfig;

class JedisVersionTest {
  /** What .ci/compat puts on the class path to see it refused. */
  private static final String TOO_OLD = "5\\..*";

  @Test
  void jarSaysWhichVersionItIs() {
    assertThat(JedisVersion.found()).matches("\\d+\\.\\d+\\.\\d+");
  }

  @Test
  @DisabledIfSystemProperty(named = "compat.jedis", matches = TOO_OLD)
  void jedisOfTheClassPathIsTaken() {
    assertThatCode(JedisVersion::check).doesNotThrowAnyException();
  }

  @Test
  void jedisThatLacksWhatIsNeededIsRefusedByName() {
    assertThatIllegalStateException()
        .isThrownBy(() -> JedisVersion.check(Object.class))
        .withMessage(
            "redis-fanout needs Jedis 6.0.0 or newer, and the class path has "
                + JedisVersion.found()
                + ": set the version of redis.clients:jedis (Spring Boot: property jedis.version)");
  }

  @Test
  @EnabledIfSystemProperty(named = "compat.jedis", matches = TOO_OLD)
  void endpointOnAnOldJedisIsRefusedByName() {
    String message =
        "Jedis 6.0.0 or newer, and the class path has " + System.getProperty("compat.jedis");
    for (String uri : new String[] {"redis://localhost", "rediss://localhost"}) {
      assertThatIllegalStateException()
          .isThrownBy(() -> RedisEndpoint.of(uri))
          .withMessageContaining(message);
    }
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                RedisEndpoint.withJedis(
                    "localhost", 6379, DefaultJedisClientConfig.builder().build()))
        .withMessageContaining(message);
  }
}
