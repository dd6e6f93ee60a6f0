package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Routing;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who is online, where, and who comes and goes, while all is well. */
class PresenceAcrossNodesTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final FanoutConfig TRACKING =
      FanoutConfig.builder(Nodes.CHANNEL).trackPresence(true).build();
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @AfterEach
  void forget() {
    Leftovers.assertNone(redis);
    redis.command("FLUSHALL");
    redis.command("ACL", "DELUSER", "app");
  }

  private static ConditionFactory within() {
    return await().atMost(LIMIT).pollInterval(Duration.ofMillis(5));
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  private static Set<String> online(RedisFanout node, String... users) throws Exception {
    return get(node.presence().online(List.of(users)));
  }

  private static Map<String, Set<String>> nodesOf(RedisFanout node, String... users)
      throws Exception {
    return get(node.presence().nodesOf(List.of(users)));
  }

  @Test
  void everyNodeIsToldOnceWhoComes() throws Exception {
    PresenceEvents firstEvents = new PresenceEvents();
    PresenceEvents secondEvents = new PresenceEvents();
    try (Nodes nodes = new Nodes(redis.uri(), TRACKING)) {
      RedisFanout first = nodes.start(firstEvents);
      RedisFanout second = nodes.start(secondEvents);

      first.open("alice", new RecordingTransport());
      within().until(() -> !nodesOf(second, "alice").isEmpty());
      first.open("alice", new RecordingTransport()); // one more device
      second.open("alice", new RecordingTransport());
      second.open("bob", new RecordingTransport());

      within().until(() -> nodesOf(first, "alice", "bob", "carol").size() == 2);
      within()
          .untilAsserted(
              () -> {
                assertThat(firstEvents.all()).containsExactly("+alice", "+bob");
                assertThat(secondEvents.all()).containsExactly("+alice", "+bob");
              });
      assertThat(online(first, "alice", "bob", "carol")).containsOnly("alice", "bob");
      within()
          .untilAsserted(
              () ->
                  assertThat(nodesOf(second, "alice", "bob"))
                      .isEqualTo(
                          Map.of(
                              "alice",
                              Set.of(first.nodeId(), second.nodeId()),
                              "bob",
                              Set.of(second.nodeId()))));
      assertThat(first.counters().presenceFailures()).isZero();
      assertThat(first.counters().malformed()).isZero();
    }
  }

  @Test
  void nodeThatOnlyPublishesMayAsk() throws Exception {
    try (Nodes nodes = new Nodes(redis.uri(), TRACKING)) {
      RedisFanout publishing = nodes.startPublishOnly();
      RedisFanout node = nodes.start();
      node.open("alice", new RecordingTransport());

      within().until(() -> online(publishing, "alice", "bob").equals(Set.of("alice")));

      assertThat(nodesOf(publishing, "alice")).isEqualTo(Map.of("alice", Set.of(node.nodeId())));
    }
  }

  @Test
  @Tag("full") // until the debounce has passed
  void userIsOfflineTenSecondsAfterTheLastSession() throws Exception {
    PresenceEvents events = new PresenceEvents();
    try (Nodes nodes = new Nodes(redis.uri(), TRACKING)) {
      RedisFanout node = nodes.start(events);
      FanoutSession gone = node.open("alice", new RecordingTransport());
      FanoutSession reloads = node.open("bob", new RecordingTransport());
      within().until(() -> events.all().size() == 2);

      long start = System.nanoTime();
      gone.disconnect(Disconnect.GOING_AWAY);
      reloads.disconnect(Disconnect.GOING_AWAY);
      node.open("bob", new RecordingTransport());

      within().until(() -> !events.of("alice").equals(List.of("+alice")));
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(10));
      assertThat(events.of("alice")).containsExactly("+alice", "-alice");
      assertThat(events.of("bob")).containsExactly("+bob");
      assertThat(online(node, "alice", "bob")).containsExactly("bob");
    }
  }

  @Test
  void withoutRightsTheNodeWorksAndSaysSo() throws Exception {
    redis.command(
        "ACL",
        "SETUSER",
        "app",
        "reset",
        "on",
        ">secret",
        "resetchannels",
        "&chat",
        "&chat:*",
        "+subscribe",
        "+publish",
        "+pubsub|numsub");
    FanoutConfig config =
        FanoutConfig.builder(Nodes.CHANNEL).routing(Routing.ADAPTIVE).trackPresence(true).build();
    try (Nodes nodes = new Nodes("redis://app:secret@127.0.0.1:" + redis.port(), config)) {
      RedisFanout node = nodes.start();
      node.open("alice", new RecordingTransport());

      within()
          .until(
              () ->
                  node.health().notes().stream()
                      .anyMatch(
                          note ->
                              note.startsWith(
                                  "presence is not tracked: Redis does not permit the table of"
                                      + " presence: NOPERM")));
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.UP);
      assertThat(online(node, "bob")).isEmpty(); // by the subscriptions
      assertThat(node.counters().presenceFailures()).isPositive();
    }
  }
}
