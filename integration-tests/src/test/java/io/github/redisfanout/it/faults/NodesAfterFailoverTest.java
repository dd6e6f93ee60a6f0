package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.Nodes;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.testkit.RedisProcess;
import io.github.redisfanout.testkit.RedisSentinels;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes announce themselves at the new master. */
@Tag("full") // a failover takes seconds
class NodesAfterFailoverTest {
  @RegisterExtension static final RedisSentinels redis = RedisSentinels.start();

  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Test
  void nodesAnnounceThemselvesAtTheNewMaster() throws Exception {
    try (RedisFanout first = RedisFanout.connect(redis.uri(), FanoutConfig.of("chat"));
        RedisFanout second = RedisFanout.connect(redis.uri(), FanoutConfig.of("chat"))) {
      RedisProcess old = redis.master();
      awaitAnnounced(old, first);
      awaitAnnounced(old, second);

      RedisProcess next = redis.failover();
      next.command("DEL", key(first), key(second)); // what was replicated

      awaitAnnounced(next, first);
      awaitAnnounced(next, second);
      await().atMost(LIMIT).until(() -> areAllThere(first));
    }
  }

  private static boolean areAllThere(RedisFanout node) throws Exception {
    Nodes nodes = node.nodes(Duration.ofSeconds(2)).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    return nodes.answers().size() == 2 && nodes.knowsMissing() && nodes.missing().isEmpty();
  }

  private static void awaitAnnounced(RedisProcess server, RedisFanout node) {
    await()
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(server.command("EXISTS", key(node))).contains("1"));
  }

  private static String key(RedisFanout node) {
    return "chat:redis-fanout:node:" + node.nodeId();
  }
}
