package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Some services charge for each command. */
@Tag("full") // takes seconds
class IdleNodeTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** With the proportions of the defaults, sixteen times as fast. */
  @Test
  void idleNodeSendsTwoCommandsForAProbeAndNoHeartbeat() throws Exception {
    RedisConfig config =
        RedisConfig.builder()
            .readTimeout(Duration.ofSeconds(15).dividedBy(16))
            .probeInterval(Duration.ofSeconds(5).dividedBy(16))
            .build();
    try (RedisFanout node =
        RedisFanout.builder(RedisEndpoint.of(redis.uri()), FanoutConfig.of(Nodes.CHANNEL))
            .redis(config)
            .start()) {
      assertThat(node.awaitReady(LIMIT)).isTrue();
      redis.command("CONFIG", "RESETSTAT");

      FaultRig.within(LIMIT).until(() -> RedisStatistics.calls(redis, "publish") >= 24);

      long published = RedisStatistics.calls(redis, "publish");
      long fresh = RedisStatistics.calls(redis, "hello");
      assertThat(fresh).as("every third one on a new connection").isBetween(3L, published / 3);
      // On a machine that is slow, a heartbeat may be due before the next probe.
      assertThat(RedisStatistics.calls(redis, "subscribe")).isLessThanOrEqualTo(published / 3);
      assertThat(RedisStatistics.calls(redis, "role")).isBetween(published - 2, published + 2);
    }
  }
}
