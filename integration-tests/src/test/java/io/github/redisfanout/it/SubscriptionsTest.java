package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Routing;
import io.github.redisfanout.SessionLimitPolicy;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The channels of users and groups in Redis are those that have a session, no more and no less. */
@Timeout(300)
class SubscriptionsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String USERS = Nodes.CHANNEL + ":u:";
  private static final String GROUPS = Nodes.CHANNEL + ":g:";

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
  }

  private static FanoutConfig.Builder config() {
    return FanoutConfig.builder(Nodes.CHANNEL).routing(Routing.ADAPTIVE);
  }

  @Test
  void newSessionOfAUserMissesNothingWhileTheLastOneLeaves() throws Exception {
    lastLeaverAgainstNewJoiner(300);
  }

  @Test
  @Tag("full") // it takes minutes
  void newSessionOfAUserMissesNothingWhileTheLastOneLeavesInManyRounds() throws Exception {
    lastLeaverAgainstNewJoiner(10_000);
  }

  private void lastLeaverAgainstNewJoiner(int rounds) throws Exception {
    try (Nodes nodes = new Nodes(redis.uri(), config().build())) {
      RedisFanout node = nodes.start();
      Random random = new Random();
      FanoutSession last = node.open("alice", new RecordingTransport());
      last.join("room");
      for (int round = 0; round < rounds; round++) {
        FanoutSession leaving = last;
        CyclicBarrier gate = new CyclicBarrier(2);
        Future<?> leaver =
            threads.submit(
                () -> {
                  gate.await();
                  leaving.clientLeft();
                  return null;
                });
        gate.await();
        for (int i = random.nextInt(3_000); i > 0; i--) {
          Thread.onSpinWait();
        }
        RecordingTransport transport = new RecordingTransport();
        last = node.open("alice", transport);
        last.join("room").get(30, TimeUnit.SECONDS);
        last.ready().get(30, TimeUnit.SECONDS);

        String what = "round " + round;
        assertThat(publish(USERS + "alice", "\"target_user_ids\":[\"alice\"]", "" + round))
            .as(what)
            .isEqualTo(1);
        assertThat(publish(GROUPS + "room", "\"to\":{\"groups\":[\"room\"]}", "-1")).isEqualTo(1);
        transport.awaitText("-1");
        assertThat(transport.texts()).as(what).containsExactly("" + round, "-1");
        leaver.get(30, TimeUnit.SECONDS);
      }
      last.clientLeft();
      assertSubscribed(Map.of());
    }
  }

  /** How many connections got it, at this moment. */
  private static long publish(String channel, String target, String payload) {
    return Long.parseLong(
        redis.command("PUBLISH", channel, "{" + target + ",\"payload\":" + payload + "}"));
  }

  @Test
  void subscriptionsMatchTheSessionsAfterAReconnectStorm() throws Exception {
    reconnectStorm(200, Duration.ofSeconds(1));
  }

  @Test
  @Tag("full") // it takes seconds
  void subscriptionsMatchTheSessionsAfterAReconnectStormOfManyClients() throws Exception {
    reconnectStorm(2_000, Duration.ofSeconds(5));
  }

  /** Clients come back, mostly to another node, while the connections of a node are cut. */
  private void reconnectStorm(int clients, Duration time) throws Exception {
    List<RedisFanout> nodes = new ArrayList<>();
    try (FaultProxy proxy = FaultProxy.to(redis.port())) {
      for (int i = 0; i < 3; i++) {
        String uri = "redis://127.0.0.1:" + (i == 0 ? proxy.port() : redis.port());
        nodes.add(RedisFanout.connect(uri, config().build()));
      }
      for (RedisFanout node : nodes) {
        assertThat(node.awaitReady(LIMIT)).isTrue();
      }
      List<FanoutSession> sessions = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        sessions.add(openSomewhere(nodes, i, new Random(i)));
      }

      List<Callable<Void>> storms = new ArrayList<>();
      int storming = 4;
      for (int thread = 0; thread < storming; thread++) {
        int first = thread;
        storms.add(
            () -> {
              Random random = new Random(first);
              long begin = System.nanoTime();
              for (int i = first; i < clients; i += storming) {
                while (System.nanoTime() - begin < time.toNanos() * i / clients) {
                  Thread.onSpinWait();
                  Thread.yield();
                }
                sessions.get(i).clientLeft();
                sessions.set(i, openSomewhere(nodes, i, random));
                if (first == 0 && i >= clients / 2 && i < clients / 2 + storming) {
                  proxy.cut(); // in the middle
                }
              }
              return null;
            });
      }
      for (Future<Void> storm : threads.invokeAll(storms)) {
        storm.get();
      }

      for (FanoutSession session : sessions) {
        session.ready().get(30, TimeUnit.SECONDS);
      }
      assertSubscribed(expected(nodes));
      assertThat(nodes.get(0).counters().gaps()).as("it was cut").isPositive();

      nodes.get(0).drain(Duration.ZERO).get(30, TimeUnit.SECONDS);
      assertThat(nodes.get(0).open("late", new RecordingTransport()).isOpen()).isFalse();
      assertSubscribed(expected(nodes.subList(1, 3)));
      sessions.forEach(FanoutSession::clientLeft);
      assertSubscribed(Map.of());
    } finally {
      nodes.forEach(RedisFanout::close);
    }
  }

  /** Two clients belong to each user, and ten to each group. */
  private static FanoutSession openSomewhere(List<RedisFanout> nodes, int client, Random random) {
    FanoutSession session =
        nodes
            .get(random.nextInt(nodes.size()))
            .open("user-" + client / 2, new RecordingTransport());
    session.join("group-" + client / 10);
    return session;
  }

  /** On how many nodes a channel has a session. */
  private static Map<String, Long> expected(List<RedisFanout> nodes) {
    Map<String, Long> expected = new TreeMap<>();
    for (RedisFanout node : nodes) {
      Set<String> channels = new HashSet<>();
      for (FanoutSession session : node.sessions()) {
        channels.add(USERS + session.userId());
        session.groups().forEach(group -> channels.add(GROUPS + group));
      }
      channels.forEach(channel -> expected.merge(channel, 1L, Long::sum));
    }
    return expected;
  }

  private static void assertSubscribed(Map<String, Long> expected) {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(() -> assertThat(subscribed()).isEqualTo(expected));
  }

  /** The channels of users and groups, and how many connections have subscribed each. */
  private static Map<String, Long> subscribed() {
    Map<String, Long> subscribed = new TreeMap<>();
    List<String> words = new ArrayList<>(List.of("PUBSUB", "NUMSUB"));
    words.addAll(lines("PUBSUB", "CHANNELS", USERS + "*"));
    words.addAll(lines("PUBSUB", "CHANNELS", GROUPS + "*"));
    List<String> counts = words.size() > 2 ? lines(words.toArray(String[]::new)) : List.of();
    for (int i = 0; i + 1 < counts.size(); i += 2) {
      if (!counts.get(i + 1).equals("0")) {
        subscribed.put(counts.get(i), Long.valueOf(counts.get(i + 1)));
      }
    }
    return subscribed;
  }

  private static List<String> lines(String... command) {
    return redis.command(command).lines().filter(line -> !line.isEmpty()).toList();
  }

  @Test
  void sessionIsReadyOnlyWhenItsNodeReceivesAgain() throws Exception {
    try (FaultProxy proxy = FaultProxy.to(redis.port());
        Nodes nodes = new Nodes("redis://127.0.0.1:" + proxy.port(), config().build())) {
      RedisFanout node = nodes.start();
      FanoutSession early = node.open("alice", new RecordingTransport());
      early.ready().get(30, TimeUnit.SECONDS);
      proxy.refuse();
      proxy.cut();
      await().atMost(LIMIT).until(() -> node.health().status() != FanoutHealth.Status.UP);
      FanoutSession late = node.open("bob", new RecordingTransport());
      List<CompletableFuture<?>> futures =
          List.of(early.ready(), late.ready(), early.join("room"), late.join("room"));
      FanoutSession closed = node.open("carol", new RecordingTransport());
      CompletableFuture<?> never = closed.ready();
      closed.clientLeft();
      assertThat(never).failsWithin(LIMIT);
      assertThat(futures).noneMatch(CompletableFuture::isDone);

      proxy.accept();

      for (CompletableFuture<?> future : futures) {
        future.get(30, TimeUnit.SECONDS);
      }
      assertSubscribed(Map.of(USERS + "alice", 1L, USERS + "bob", 1L, GROUPS + "room", 1L));
    }
  }

  @Test
  void replacedAndRefusedSessionsLeaveNothing() throws Exception {
    FanoutConfig config =
        config().maxSessionsPerUser(1, SessionLimitPolicy.CLOSE_OLDEST).maxSessions(2).build();
    try (Nodes nodes = new Nodes(redis.uri(), config)) {
      RedisFanout node = nodes.start();
      List<FanoutSession> sessions = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        FanoutSession session = node.open("user-" + i % 3, new RecordingTransport());
        if (session.isOpen()) {
          session.join("group-" + i % 2);
        }
        sessions.add(session);
      }

      assertSubscribed(expected(List.of(node)));
      assertThat(node.sessions()).isNotEmpty();
      sessions.forEach(FanoutSession::clientLeft);
      assertSubscribed(Map.of());
    }
  }

  @Test
  void closedNodeLeavesNothingOnABackplaneThatStaysOpenAndItsSuccessorStartsAfresh()
      throws Exception {
    try (RedisBackplane backplane =
        new RedisBackplane(RedisEndpoint.of(redis.uri()), RedisConfig.defaults())) {
      RedisFanout node = RedisFanout.builder(backplane, config().build()).start();
      assertThat(node.awaitReady(LIMIT)).isTrue();
      for (int i = 0; i < 100; i++) {
        node.open("user-" + i, new RecordingTransport()).join("group-" + i % 7);
      }
      assertSubscribed(expected(List.of(node)));

      node.close();

      await()
          .atMost(LIMIT)
          .untilAsserted(
              () -> assertThat(lines("PUBSUB", "CHANNELS", Nodes.CHANNEL + "*")).isEmpty());
    }
    try (Nodes nodes = new Nodes(redis.uri(), config().build())) {
      RedisFanout again = nodes.start();
      FanoutSession alice = again.open("user-1", new RecordingTransport());
      alice.ready().get(30, TimeUnit.SECONDS);
      assertSubscribed(Map.of(USERS + "user-1", 1L));
    }
    assertSubscribed(Map.of());
  }
}
