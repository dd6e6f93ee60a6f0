package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.it.PresenceEvents;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import io.github.redisfanout.testkit.RedisSentinels;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A failover takes no user offline. */
@Tag("full") // takes seconds
class PresenceFailoverTest {
  @RegisterExtension static final RedisSentinels redis = RedisSentinels.start();

  private static final String LEASES = "chat:redis-fanout:presence:nodes";

  private static ConditionFactory within() {
    return await().atMost(Duration.ofSeconds(90)).pollInterval(Duration.ofMillis(50));
  }

  @Test
  void usersAreWrittenToTheNewMasterAndNobodyIsTold() throws Exception {
    PresenceEvents events = new PresenceEvents();
    try (Nodes nodes = new Nodes(redis.uri(), PresenceNode.CONFIG)) {
      RedisFanout first = nodes.start(events);
      RedisFanout second = nodes.start();
      first.open("alice", new RecordingTransport());
      first.open("lost", new RecordingTransport());
      second.open("bob", new RecordingTransport());
      within().until(() -> events.all().size() == 3);

      RedisProcess master = redis.failover();
      // What was not replicated in time is written again.
      master.command(
          "EVAL",
          "for i = 0, 4095 do redis.call('HDEL', KEYS[1] .. i, 'lost') end",
          "1",
          "chat:redis-fanout:p:");

      within()
          .until(
              () ->
                  nodesOf(second)
                      .equals(
                          Map.of(
                              "alice", Set.of(first.nodeId()),
                              "lost", Set.of(first.nodeId()),
                              "bob", Set.of(second.nodeId()))));
      // The leases before are removed, and nobody goes with them.
      within().until(() -> master.command("ZCARD", LEASES).contains("3"));
      assertThat(nodesOf(second)).hasSize(3);
      first.open("end", new RecordingTransport());
      within().until(() -> !events.of("end").isEmpty());
      assertThat(events.all()).containsExactlyInAnyOrder("+alice", "+lost", "+bob", "+end");
    }
  }

  private static Map<String, Set<String>> nodesOf(RedisFanout node) {
    try {
      return node.presence().nodesOf(List.of("alice", "bob", "lost")).get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      return Map.of(); // the connection is being moved
    }
  }
}
