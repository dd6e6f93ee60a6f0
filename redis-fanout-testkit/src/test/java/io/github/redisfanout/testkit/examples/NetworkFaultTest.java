package io.github.redisfanout.testkit.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class NetworkFaultTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  @Test
  void cutConnectionIsReportedAsAGap() throws Exception {
    List<Gap> gaps = new CopyOnWriteArrayList<>();
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onGap(Gap gap) {
            gaps.add(gap);
          }
        };
    try (FaultProxy network = FaultProxy.to(redis.port());
        RedisFanout node =
            RedisFanout.builder(
                    RedisEndpoint.of("redis://127.0.0.1:" + network.port()),
                    FanoutConfig.of("test"))
                .listener(listener)
                .start()) {
      assertThat(node.awaitReady(Duration.ofSeconds(10))).isTrue();

      network.cut();

      await().until(() -> gaps.size() == 1);
      assertThat(gaps.get(0).cause()).isEqualTo(Gap.Cause.CONNECTION_LOST);
    }
  }
}
