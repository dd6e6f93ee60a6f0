package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.it.PresenceEvents;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What two nodes say of users while another node, or Redis, fails. */
@Tag("full") // takes seconds
class PresenceFaultsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final int USERS = 50;
  private static final List<String> IDS =
      IntStream.range(0, USERS).mapToObj(i -> "user-" + i).toList();
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** The promise is 16 s; this is for busy machines. */
  private static final Duration OFFLINE_WITHIN = Duration.ofSeconds(25);

  private final PresenceEvents firstEvents = new PresenceEvents();
  private final PresenceEvents secondEvents = new PresenceEvents();
  private final Nodes nodes = new Nodes(redis.uri(), PresenceNode.CONFIG);
  private RedisFanout first;
  private RedisFanout second;

  @BeforeEach
  void start() throws Exception {
    first = nodes.start(firstEvents);
    second = nodes.start(secondEvents);
    first.open("witness", new RecordingTransport());
    within().until(() -> secondEvents.all().equals(List.of("+witness")));
  }

  @AfterEach
  void close() {
    nodes.close();
    Leftovers.assertNone(redis);
    redis.command("FLUSHALL");
  }

  private static ConditionFactory within() {
    return await().atMost(LIMIT).pollInterval(Duration.ofMillis(20));
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  private Set<String> online() throws Exception {
    return get(second.presence().online(IDS));
  }

  private Map<String, Set<String>> nodesOf() throws Exception {
    return get(second.presence().nodesOf(IDS));
  }

  private Process process() throws Exception {
    Process node =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                PresenceNode.class.getName(),
                redis.uri(),
                Integer.toString(USERS))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    awaitEach("+");
    within().until(() -> nodesOf().size() == USERS);
    return node;
  }

  private static void signal(Process process, String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(kill.exitValue()).isZero();
  }

  /** Each user has this last event on both nodes. */
  private void awaitEach(String sign) {
    within()
        .untilAsserted(
            () -> {
              for (PresenceEvents events : List.of(firstEvents, secondEvents)) {
                for (String id : IDS) {
                  List<String> its = events.of(id);
                  assertThat(its).isNotEmpty();
                  assertThat(its.get(its.size() - 1)).isEqualTo(sign + id);
                }
              }
            });
  }

  /** Nobody was told anything twice, nor anything else. */
  private void assertToldOnce(String... signs) {
    for (PresenceEvents events : List.of(firstEvents, secondEvents)) {
      for (String id : IDS) {
        assertThat(events.of(id)).isEqualTo(List.of(signs).stream().map(s -> s + id).toList());
      }
      assertThat(events.of("witness")).containsExactly("+witness");
    }
  }

  private static long leases() {
    // And the mark of the table.
    return Long.parseLong(redis.command("ZCARD", "chat:redis-fanout:presence:nodes").strip()) - 1;
  }

  private static long millisUntilSwept(RedisFanout node) {
    String script =
        """
        local time = redis.call('TIME')
        local leases = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
        for i = 1, #leases, 2 do
          if string.find(leases[i], ARGV[1], 1, true) then
            return leases[i + 1] - time[1] * 1000 - math.floor(time[2] / 1000)
          end
        end
        return 0
        """;
    String answer =
        redis.command("EVAL", script, "1", "chat:redis-fanout:presence:nodes", node.nodeId());
    return Long.parseLong(answer.replaceAll("[^-\\d]", ""));
  }

  private static void report(String what, long startNanos) {
    System.out.printf("%s after %.1f s%n", what, (System.nanoTime() - startNanos) / 1e9);
  }

  @Test
  void usersOfAKilledNodeAreOfflineAndToldOnce() throws Exception {
    Process node = process();

    long start = System.nanoTime();
    node.destroyForcibly();

    awaitEach("-");
    report("killed: offline", start);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(OFFLINE_WITHIN);
    assertThat(online()).isEmpty();
    within().until(() -> leases() == 2);
    assertToldOnce("+", "-");
    assertThat(nodesOf()).isEmpty();
    assertThat(redis.command("KEYS", "chat:redis-fanout:p:*").lines().filter(l -> !l.isBlank()))
        .hasSize(1); // the witness
  }

  @Test
  void usersOfAFrozenNodeAreOfflineUntilItWakesAndNoGhostRemains() throws Exception {
    Process node = process();
    try {
      long start = System.nanoTime();
      signal(node, "STOP");

      awaitEach("-");
      within().until(() -> online().isEmpty()); // its connection was ended
      report("frozen: offline", start);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(OFFLINE_WITHIN);
      assertToldOnce("+", "-");

      start = System.nanoTime();
      signal(node, "CONT");

      awaitEach("+");
      within().until(() -> online().size() == USERS && nodesOf().size() == USERS);
      report("awake: online", start);
      assertToldOnce("+", "-", "+");
    } finally {
      node.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
    awaitEach("-");
    within().until(() -> leases() == 2);
    assertToldOnce("+", "-", "+", "-");
    assertThat(nodesOf()).isEmpty();
  }

  @Test
  void usersWhoMoveToAnotherNodeStayOnline() throws Exception {
    try (Nodes closing = new Nodes(redis.uri(), PresenceNode.CONFIG)) {
      RedisFanout node = closing.start();
      IDS.forEach(id -> node.open(id, new RecordingTransport()));
      awaitEach("+");

      node.close();
      assertThat(millisUntilSwept(node)).isBetween(1L, 10_000L); // time to move
      IDS.forEach(id -> first.open(id, new RecordingTransport()));

      within().until(() -> leases() == 2); // of the closed node nothing is left
      assertThat(nodesOf()).hasSize(USERS);
      assertThat(nodesOf().values()).containsOnly(Set.of(first.nodeId()));
      assertToldOnce("+");
    }
  }

  @Test
  void usersAreWrittenAgainAfterRedisHasLostThem() throws Exception {
    IDS.forEach(id -> first.open(id, new RecordingTransport()));
    awaitEach("+");

    redis.command("FLUSHALL");
    within().until(() -> nodesOf().size() == USERS);
    redis.kill();
    redis.restart();
    within().until(() -> nodesOf().size() == USERS && online().size() == USERS);

    first.open("end", new RecordingTransport());
    within().until(() -> secondEvents.of("end").size() == 1);
    assertToldOnce("+");
  }
}
