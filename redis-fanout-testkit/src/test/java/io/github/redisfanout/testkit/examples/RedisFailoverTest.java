package io.github.redisfanout.testkit.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.testkit.RedisSentinels;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisFailoverTest {
  @RegisterExtension static final RedisSentinels redis = RedisSentinels.start();

  @Test
  void nodeFollowsTheMaster() throws Exception {
    try (RedisFanout node = RedisFanout.connect(redis.uri(), "test")) {
      assertThat(node.awaitReady(Duration.ofSeconds(10))).isTrue();

      redis.failover(); // the old master lives on for a while

      await().until(() -> node.counters().gaps() >= 1);
      assertThat(node.awaitReady(Duration.ofSeconds(10))).isTrue();
    }
  }
}
