package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.it.docs.Document;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import io.github.redisfanout.testkit.RedisSentinels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.DefaultJedisClientConfig;

/** What docs/security.md grants is enough, and each grant is needed for what it says there. */
class SentinelPermissionsTest {
  @RegisterExtension
  static final RedisSentinels redis = RedisSentinels.start("--min-replicas-to-write", "1");

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private static final List<String> SERVER = grants("acl", "acl-fence", "acl-nodes", "acl-more");
  private static final List<String> SENTINEL = grants("acl-sentinel");

  private static List<String> grants(String... snippets) {
    List<String> grants = new ArrayList<>();
    for (String snippet : snippets) {
      try {
        Stream.of(Document.read("docs/security.md").snippet(snippet).strip().split(" "))
            .filter(word -> "&~+".indexOf(word.charAt(0)) >= 0)
            .forEach(grants::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return grants;
  }

  private static void grant(RedisProcess process, List<String> grants, String without) {
    List<String> command =
        new ArrayList<>(
            List.of("ACL", "SETUSER", "chat", "reset", "on", ">secret", "resetchannels"));
    grants.stream().filter(each -> !each.equals(without)).forEach(command::add);
    process.command(command.toArray(String[]::new));
  }

  private static RedisFanout start(String withoutServer, String withoutSentinel) {
    redis.servers().forEach(server -> grant(server, SERVER, withoutServer));
    redis.sentinels().forEach(sentinel -> grant(sentinel, SENTINEL, withoutSentinel));
    redis.servers().forEach(each -> each.command("ACL", "LOG", "RESET"));
    redis.sentinels().forEach(each -> each.command("ACL", "LOG", "RESET"));
    DefaultJedisClientConfig user =
        DefaultJedisClientConfig.builder().user("chat").password("secret").build();
    RedisEndpoint.SentinelBuilder endpoint =
        RedisEndpoint.sentinel(redis.masterName()).serverConfig(user).sentinelConfig(user);
    redis.sentinels().forEach(each -> endpoint.sentinel("127.0.0.1", each.port()));
    return RedisFanout.builder(endpoint.build(), FanoutConfig.of(Nodes.CHANNEL))
        .redis(RedisConfig.builder().probeInterval(Duration.ofMillis(500)).build())
        .start();
  }

  private static void assertWorks(RedisFanout node) throws Exception {
    RecordingTransport alice = new RecordingTransport();
    node.open("alice", alice);
    assertThat(node.awaitReady(LIMIT)).as("%s", node.health()).isTrue();
    node.publisher().publishAndWait(List.of("alice"), "hello", LIMIT);
    alice.awaitText("\"hello\"");
  }

  @Test
  @Tag("full") // it takes seconds
  void documentedGrantsAreEnoughAlsoForAFailover() throws Exception {
    try (RedisFanout node = start("", "")) {
      assertWorks(node);
      assertThat(node.health().notes()).isEmpty();

      redis.failover();

      FaultRig.within(LIMIT).until(() -> node.counters().gaps() >= 1);
      redis.awaitAgreement(); // until then the new master has no replica, and refuses the fence
      assertWorks(node);
      assertThat(node.health().notes()).isEmpty();
      assertThat(node.counters().backplaneEvents())
          .doesNotContainKey(io.github.redisfanout.backplane.BackplaneEvent.Kind.UNFENCED);
    }
    // Nothing more is sent, or Redis would have logged its refusal.
    assertThat(redis.servers()).allMatch(SentinelPermissionsTest::hasRefusedNothing);
    assertThat(redis.sentinels()).allMatch(SentinelPermissionsTest::hasRefusedNothing);
  }

  /** But for Jedis' own name and version, from Redis 7.2 on. */
  private static boolean hasRefusedNothing(RedisProcess process) {
    String log = process.command("ACL", "LOG");
    return log.lines().filter(line -> line.equals("object")).count()
        == log.lines().filter(line -> line.equals("client|setinfo")).count();
  }

  static Stream<String> neededForTheFence() {
    return Stream.of("~chat:redis-fanout:fence", "+multi", "+exec", "+del");
  }

  @ParameterizedTest
  @MethodSource("neededForTheFence")
  void withoutAGrantOfTheFenceMessagesArePublishedWithoutIt(String grant) throws Exception {
    try (RedisFanout node = start(grant, "")) {
      assertWorks(node);

      assertThat(node.health().notes())
          .singleElement()
          .asString()
          .startsWith("not fenced: Redis refuses MULTI, DEL or EXEC: NOPERM");
    }
  }

  static Stream<String> neededToReceive() {
    return Stream.of("&chat", "&chat:probe:*", "+subscribe");
  }

  @ParameterizedTest
  @MethodSource("neededToReceive")
  void withoutAGrantToReceiveTheNodeIsDown(String grant) {
    try (RedisFanout node = start(grant, "")) {
      FaultRig.within(LIMIT).until(() -> node.health().reason().contains("NOPERM"));
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DOWN);
    }
  }

  @Test
  void withoutPublishTheNodeIsDegraded() {
    try (RedisFanout node = start("+publish", "")) {
      FaultRig.within(LIMIT).until(() -> node.health().reason().contains("NOPERM"));
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DEGRADED);
    }
  }

  @Test
  void withoutRoleHealthSaysThatEveryServerIsBelieved() throws Exception {
    try (RedisFanout node = start("+role", "")) {
      assertWorks(node);
      assertThat(node.health().notes())
          .singleElement()
          .asString()
          .startsWith("the server's role is not known: ROLE: NOPERM");
    }
  }

  @Test
  void withoutInfoMissingReplicasAreNotNoted() throws Exception {
    redis.servers().forEach(each -> each.command("CONFIG", "SET", "min-replicas-to-write", "0"));
    try (RedisFanout node = start("", "")) {
      assertWorks(node);
      assertThat(node.health().notes())
          .containsExactly(
              "min-replicas-to-write is 0: a master that is cut off goes on taking messages");
    }
    try (RedisFanout node = start("+info", "")) {
      assertWorks(node);
      assertThat(node.health().notes()).isEmpty();
    } finally {
      redis.servers().forEach(each -> each.command("CONFIG", "SET", "min-replicas-to-write", "1"));
    }
  }

  /** Each can be replaced by others: the address, the poll, the sentinels that are configured. */
  static Stream<String> optionalAtSentinels() {
    return SENTINEL.stream();
  }

  @ParameterizedTest
  @MethodSource("optionalAtSentinels")
  void eachGrantOfASentinelCanBeMissingForAWhile(String grant) throws Exception {
    try (RedisFanout node = start("", grant)) {
      assertWorks(node);
    }
  }

  @Test
  void withoutAnyGrantOfTheSentinelsHealthNamesWhatIsMissing() {
    try (RedisFanout node = start("", "")) {
      redis.sentinels().forEach(sentinel -> grant(sentinel, List.of("+subscribe"), ""));
      try (RedisFanout late =
          RedisFanout.builder(RedisEndpoint.of(redis.uri()), FanoutConfig.of(Nodes.CHANNEL))
              .start()) {
        assertThat(late.health().reason()).isNotNull();
      }
      FaultRig.within(LIMIT).until(() -> node.health().reason().contains("+sentinel|master"));
    }
  }
}
