package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.MessageAuthentication;
import io.github.redisfanout.NodeInfo;
import io.github.redisfanout.Nodes;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes ask each other, and some do not answer. */
class MissingNodesTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final FanoutConfig CONFIG = FanoutConfig.of("chat");
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration LONG = Duration.ofMinutes(5); // nobody waits for it
  private static final Duration SHORT = Duration.ofSeconds(2); // this passes

  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  @AfterEach
  void closeAll() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
    Leftovers.assertNone(redis);
    redis.command("FLUSHALL"); // lost nodes are remembered
    redis.command("ACL", "DELUSER", "app");
  }

  private RedisFanout node(String uri, FanoutConfig config) {
    RedisFanout node = RedisFanout.connect(uri, config);
    open.push(node);
    within().until(() -> node.health().status() == FanoutHealth.Status.UP);
    return node;
  }

  private RedisFanout node() {
    RedisFanout node = node(redis.uri(), CONFIG);
    within().until(() -> isAnnounced(node));
    return node;
  }

  private RedisFanout nodeBehind(FaultProxy proxy) {
    RedisFanout node = node("redis://127.0.0.1:" + proxy.port(), CONFIG);
    within().until(() -> isAnnounced(node));
    return node;
  }

  private static boolean isAnnounced(RedisFanout node) {
    return redis.command("EXISTS", key(node)).contains("1");
  }

  private static String key(RedisFanout node) {
    return "chat:redis-fanout:node:" + node.nodeId();
  }

  private static Nodes ask(RedisFanout node, Duration deadline) throws Exception {
    return node.nodes(deadline).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  private static void assertAnswered(Nodes nodes, RedisFanout... expected) {
    assertThat(nodes.answers())
        .extracting(NodeInfo::id)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(expected).map(RedisFanout::nodeId).toList());
  }

  private static ConditionFactory within() {
    return await().atMost(LIMIT).pollInterval(Duration.ofMillis(5));
  }

  // ---- all is well

  @Test
  void allNodesAnswerLongBeforeTheDeadline() throws Exception {
    RedisFanout first = node();
    RedisFanout second = node();
    RedisFanout third = node();
    second.open("alice", new RecordingTransport());

    Nodes nodes = ask(third, LONG);

    assertAnswered(nodes, first, second, third);
    assertThat(nodes.sessions()).isEqualTo(1);
    assertThat(nodes.missing()).isEmpty();
    assertThat(nodes.knowsMissing()).as(nodes.reason()).isTrue();
  }

  @Test
  @Tag("full")
  void signingNodesAnswerOnlySignedQuestions() throws Exception {
    FanoutConfig signed =
        FanoutConfig.builder("chat")
            .authentication(MessageAuthentication.hmacSha256(new byte[32]))
            .build();
    RedisFanout first = node(redis.uri(), signed);
    RedisFanout second = node(redis.uri(), signed);
    within().until(() -> isAnnounced(first) && isAnnounced(second));

    assertAnswered(ask(first, LONG), first, second);

    RedisFanout unsigned = node();
    Nodes nodes = ask(unsigned, SHORT); // the others refuse its question
    assertThat(nodes.missing()).contains(first.nodeId(), second.nodeId());
    assertThat(first.counters().unauthenticated()).isPositive();
  }

  @Test
  void closedNodeIsNotMissingAndLeavesNoKey() throws Exception {
    RedisFanout first = node();
    RedisFanout second = node();

    second.close();

    assertThat(isAnnounced(second)).isFalse();
    Nodes nodes = ask(first, LONG);
    assertAnswered(nodes, first);
    assertThat(nodes.missing()).isEmpty();
    first.close();
    assertThat(redis.command("KEYS", "chat:*").strip()).isEmpty();
  }

  @Test
  @Tag("full")
  void lostConnectionOfTheDirectoryIsOpenedAgainByTheNextQuestion() throws Exception {
    RedisFanout node = node();
    long id =
        redis
            .command("CLIENT", "LIST")
            .lines()
            .filter(line -> line.contains(" name=redis-fanout-directory "))
            .mapToLong(line -> Long.parseLong(line.replaceAll("^.*?\\bid=(\\d+) .*$", "$1")))
            .findFirst()
            .orElseThrow();

    redis.command("CLIENT", "KILL", "ID", Long.toString(id));

    Nodes nodes = ask(node, LONG);
    assertAnswered(nodes, node);
    assertThat(nodes.knowsMissing()).as(nodes.reason()).isTrue();
  }

  // ---- one is frozen

  @Test
  @Tag("full")
  void frozenNodeIsNamedAtTheDeadlineAlsoWhenItsKeyIsGone() throws Exception {
    FaultProxy proxy = FaultProxy.to(redis.port());
    open.push(proxy);
    RedisFanout first = node();
    RedisFanout second = node();
    RedisFanout frozen = nodeBehind(proxy);
    assertAnswered(ask(first, LONG), first, second, frozen);

    proxy.stall(FaultProxy.Direction.BOTH);

    assertMissing(first, frozen, second);
    redis.command("DEL", key(frozen)); // as it expires
    Nodes nodes = assertMissing(first, frozen, second);
    assertThat(nodes.lost()).containsExactly(frozen.nodeId());
  }

  @Test
  @Tag("full") // until the key expires
  void frozenNodeIsNamedUntilItIsBack() throws Exception {
    FaultProxy proxy = FaultProxy.to(redis.port());
    open.push(proxy);
    RedisFanout first = node();
    RedisFanout second = node();
    RedisFanout frozen = nodeBehind(proxy);

    proxy.stall(FaultProxy.Direction.BOTH);

    within().until(() -> !isAnnounced(frozen));
    Nodes nodes = assertMissing(first, frozen, second);
    assertThat(nodes.lost()).containsExactly(frozen.nodeId());
    proxy.resume();
    within().until(() -> ask(first, SHORT).missing().isEmpty());
    assertAnswered(ask(first, LONG), first, second, frozen);
  }

  private static Nodes assertMissing(RedisFanout asking, RedisFanout frozen, RedisFanout other)
      throws Exception {
    long start = System.nanoTime();
    Nodes nodes = ask(asking, SHORT);
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
    assertAnswered(nodes, asking, other);
    assertThat(nodes.missing()).containsExactly(frozen.nodeId());
    assertThat(nodes.knowsMissing()).as(nodes.reason()).isTrue();
    return nodes;
  }

  /** It has no connection any more, so Redis does not count it. */
  @Test
  void crashedNodeIsNamedAndNotWaitedFor() throws Exception {
    RedisFanout node = node();
    try (RedisBackplane crashed =
        new RedisBackplane(RedisEndpoint.of(redis.uri()), RedisConfig.defaults())) {
      crashed.startPublishing();
      crashed
          .directory()
          .orElseThrow()
          .announce("chat", "crashed-1", Duration.ofMillis(1))
          .toCompletableFuture()
          .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
    within().until(() -> redis.command("EXISTS", "chat:redis-fanout:node:crashed-1").contains("0"));

    Nodes nodes = ask(node, LONG);

    assertAnswered(nodes, node);
    assertThat(nodes.lost()).containsExactly("crashed-1");
  }

  @Test
  @Tag("full")
  void frozenRedisIsAnsweredAtTheDeadline() throws Exception {
    RedisFanout node = node();
    redis.pause();
    try {
      Nodes nodes = ask(node, SHORT);

      assertThat(nodes.answers()).isEmpty();
      assertThat(nodes.knowsMissing()).isFalse();
      assertThat(nodes.reason()).isNotEmpty();
    } finally {
      redis.resume();
    }
  }

  // ---- without permission

  @Test
  @Tag("full")
  void withoutPermissionAllAnswerAndTheReasonIsGiven() throws Exception {
    permit("reset", "resetchannels", "on", ">secret", "&chat", "&chat:probe:*");
    permit("+subscribe", "+publish");
    String uri = "redis://app:secret@127.0.0.1:" + redis.port();
    RedisFanout first = node(uri, CONFIG);
    RedisFanout second = node(uri, CONFIG);

    Nodes nodes = ask(first, LONG); // ends as Redis says how many have heard it

    assertAnswered(nodes, first, second);
    assertThat(nodes.missing()).isEmpty();
    assertThat(nodes.knowsMissing()).isFalse();
    assertThat(nodes.reason()).startsWith("Redis does not permit the keys of nodes: NOPERM");
    assertThat(first.health().status()).isEqualTo(FanoutHealth.Status.UP);
    assertThat(first.health().notes())
        .anyMatch(note -> note.startsWith("it is not known which nodes are missing: "));
  }

  @Test
  @Tag("full") // until it is tried again
  void permissionThatIsGivenLaterIsNoticed() throws Exception {
    permit("reset", "resetchannels", "on", ">secret", "&chat", "&chat:probe:*");
    permit("+subscribe", "+publish");
    RedisFanout node = node("redis://app:secret@127.0.0.1:" + redis.port(), CONFIG);
    within().until(() -> !ask(node, SHORT).knowsMissing());

    permit("~chat:redis-fanout:node*", "+@all");

    within().until(() -> isAnnounced(node) && ask(node, SHORT).knowsMissing());
    assertThat(node.health().notes()).noneMatch(note -> note.contains("which nodes are missing"));
  }

  private static void permit(String... rules) {
    redis.command(
        Stream.concat(Stream.of("ACL", "SETUSER", "app"), Arrays.stream(rules))
            .toArray(String[]::new));
  }
}
