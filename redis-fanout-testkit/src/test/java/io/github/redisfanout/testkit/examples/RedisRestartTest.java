package io.github.redisfanout.testkit.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RedisRestartTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  @Test
  void messageAfterARestartOfRedisIsDelivered() throws Exception {
    try (RedisFanout node = RedisFanout.connect(redis.uri(), "test")) {
      assertThat(node.awaitReady(Duration.ofSeconds(10))).isTrue();
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);

      redis.kill();
      await().until(() -> node.health().status() == FanoutHealth.Status.DOWN);
      redis.restart(); // on the same port
      await().until(() -> node.health().status() == FanoutHealth.Status.UP);

      node.publisher().publish(List.of("alice"), "back again");
      alice.awaitText("\"back again\"");
    }
  }
}
