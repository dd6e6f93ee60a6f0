package io.github.redisfanout.it.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Audience;
import io.github.redisfanout.CommonReason;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Groups that sessions of other nodes are added to, and messages for them right afterwards. */
@Timeout(120)
class RoutedJoinTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final int ROUNDS = 100;
  private static final Audience BOTH = Audience.users("alice", "bob");

  private final RecordingTransport alice = new RecordingTransport();
  private final RecordingTransport bob = new RecordingTransport();

  private static String channel(String group) {
    return Nodes.CHANNEL + ":g:" + group;
  }

  private static void awaitSubscribers(String group, int count) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                redis
                    .command("PUBSUB", "NUMSUB", channel(group))
                    .equals(channel(group) + "\n" + count));
  }

  private void open(RoutedNodes nodes) {
    FanoutSession one = nodes.get(1).open("alice", alice);
    FanoutSession two = nodes.get(2).open("bob", bob);
    RoutedNodes.ready(one);
    RoutedNodes.ready(two);
  }

  @Test
  void aMessageRightAfterAJoinReachesTheSessionsThatJoined() throws Exception {
    try (RoutedNodes nodes = new RoutedNodes(redis, 3, Optional.empty())) {
      open(nodes);
      nodes.awaitTargeted();
      Publisher other = nodes.get(1).publisher(); // whose first message is below: it learns
      other.publishAndWait(Audience.everyone(), "\"begin\"", Duration.ofSeconds(30));
      List<String> expected = new ArrayList<>();
      for (int i = 1; i <= ROUNDS; i++) {
        var joined = nodes.publisher().join(BOTH, "group" + i);
        nodes.publisher().publish(Audience.group("group" + i), i); // waits for nothing
        joined.get(30, TimeUnit.SECONDS);
        other.publishAndWait(Audience.group("group" + i), -i, Duration.ofSeconds(30));
        expected.add(String.valueOf(i));
        expected.add(String.valueOf(-i));
      }

      for (RecordingTransport client : List.of(alice, bob)) {
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> client.texts().size() >= expected.size() + 1);
        assertThat(client.texts().subList(1, client.texts().size()))
            .containsExactlyInAnyOrderElementsOf(expected);
      }
      assertThat(nodes.common(CommonReason.DETOUR)).isEqualTo(ROUNDS);
      assertThat(other.counters().common()).containsEntry(CommonReason.DETOUR, (long) ROUNDS);
    }
  }

  @Test
  void afterTheDetourTheGroupsOwnChannelIsUsed() throws Exception {
    try (RoutedNodes nodes = new RoutedNodes(redis, 3, Optional.empty())) {
      open(nodes);
      nodes.awaitTargeted();
      nodes.publisher().join(BOTH, "group").get(30, TimeUnit.SECONDS);
      awaitSubscribers("group", 2);
      // Ten seconds later:
      redis.command("DEL", Nodes.CHANNEL + ":redis-fanout:detour:" + channel("group"));
      long targeted = nodes.targeted();

      nodes.publisher().publishAndWait(Audience.group("group"), 1, Duration.ofSeconds(30));

      alice.awaitText("1");
      bob.awaitText("1");
      assertThat(nodes.targeted()).isEqualTo(targeted + 1);
      nodes.publisher().leave(Audience.user("bob"), "group");
      awaitSubscribers("group", 1);
    }
  }
}
