package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Directory;
import io.github.redisfanout.backplane.NotPermittedException;
import io.github.redisfanout.backplane.PublishAnswer.Route;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.it.docs.Document;
import io.github.redisfanout.it.docs.SnippetCompiler;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The ACL rules and the code of docs/security.md, tried on a real Redis. */
class SecurityDocumentTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();
  @TempDir static Path directory;

  private AdminConnection admin;

  @BeforeEach
  void openAdmin() {
    admin = new AdminConnection(redis);
    admin.call("ACL", "LOG", "RESET");
  }

  @AfterEach
  void deleteUsers() {
    within().until(() -> admin.connectionsOf("chat") + admin.connectionsOf("bare") == 0);
    admin.call("ACL", "DELUSER", "chat", "bare");
    admin.close();
    Leftovers.assertNone(redis);
  }

  // ---- the Redis user

  @Test
  @Tag("full")
  void documentedUserIsEnough() throws Exception {
    admin.call(words("acl"));
    try (ObservedNode node = ObservedNode.up(endpoint("chat"));
        ObservedNode other = ObservedNode.up(endpoint("chat"))) {
      node.publish("hello");

      node.awaitReceived("hello");
      other.awaitReceived("hello");
      awaitHeartbeats();
      node.assertStates(ConnectionState.CONNECTING, ConnectionState.UP);
    }
  }

  /** A heartbeat is one more SUBSCRIBE; each node begins with one. */
  private void awaitHeartbeats() {
    long before = calls("subscribe");
    within().until(() -> calls("subscribe") >= before + 4);
  }

  private long calls(String command) {
    return admin
        .call("INFO", "commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_" + command + ":calls="))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*:calls=(\\d+),.*", "$1")))
        .sum();
  }

  static Stream<String> grants() throws IOException {
    return Stream.of(words("acl")).filter(word -> word.startsWith("&") || word.startsWith("+"));
  }

  @ParameterizedTest
  @MethodSource("grants")
  void everyGrantIsNeeded(String grant) throws Exception {
    admin.call(Stream.of(words("acl")).filter(w -> !w.equals(grant)).toArray(String[]::new));
    try (ObservedNode node = new ObservedNode(endpoint("chat"))) {
      within()
          .untilAsserted(
              () -> {
                FanoutHealth health = node.fanout().health();
                assertThat(health.status()).isNotEqualTo(FanoutHealth.Status.UP);
                assertThat(health.reason()).contains("NOPERM");
              });
    }
  }

  @Test
  void documentedGrantsAreEnoughForTheDirectoryOfNodes() throws Exception {
    admin.call(words("acl"));
    admin.call(words("acl-nodes"));
    admin.call("ACL", "SETUSER", "chat", "+client|setname", "+role");

    assertThat(useDirectory()).isEmpty();
    assertThat(refusals("chat")).isEmpty();
  }

  static Stream<String> directoryGrants() throws IOException {
    return Stream.of(words("acl-nodes")).filter(word -> word.matches("[~+].*"));
  }

  @ParameterizedTest
  @MethodSource("directoryGrants")
  void everyGrantOfTheDirectoryIsNeeded(String grant) throws Exception {
    admin.call(words("acl"));
    admin.call(Stream.of(words("acl-nodes")).filter(w -> !w.equals(grant)).toArray(String[]::new));

    assertThat(useDirectory())
        .isNotEmpty()
        .allSatisfy(
            failure ->
                assertThat(failure)
                    .isInstanceOf(NotPermittedException.class)
                    .hasMessageStartingWith("Redis does not permit the keys of nodes: NOPERM"));
  }

  /** Announces, reads and withdraws a node; returns what failed. */
  private static List<Throwable> useDirectory() throws Exception {
    List<Throwable> failures = new ArrayList<>();
    try (RedisBackplane backplane = backplane("chat")) {
      backplane.startPublishing();
      Directory directory = backplane.directory().orElseThrow();
      List<CompletionStage<?>> calls =
          List.of(
              directory.announce("chat", "node-1", Duration.ofMinutes(1)),
              directory.read("chat"),
              directory.withdraw("chat", "node-1"));
      for (CompletionStage<?> call : calls) {
        try {
          call.toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
          failures.add(e.getCause());
        }
      }
    }
    return failures;
  }

  @Test
  void documentedGrantsAreEnoughForTargetedMessages() throws Exception {
    admin.call(words("acl"));
    admin.call(words("acl-fence"));
    admin.call(words("acl-more"));
    admin.call(words("acl-routing"));
    try (TargetedRig rig = new TargetedRig(endpoint("chat"), endpoint("chat"))) {
      rig.publish(40);

      assertThat(rig.assertAllReceived()).containsOnly(Route.COMMON, Route.TARGETED);
      assertThat(rig.answer(TargetedRig.message("j").withDetour(TargetedRig.GROUP)).route())
          .isEqualTo(Route.COMMON);
      assertThat(rig.notes()).isEmpty();
    }
    admin.call("DEL", "chat:redis-fanout:detour:" + TargetedRig.GROUP);
    assertThat(refusals("chat")).isEmpty();
  }

  static Stream<String> routingGrants() throws IOException {
    return Stream.of(words("acl-routing"))
        .filter(word -> word.matches("[~+].*"))
        .filter(word -> !word.equals("+unsubscribe")); // for receiving
  }

  @ParameterizedTest
  @MethodSource("routingGrants")
  void everyGrantOfTargetedMessagesIsNeeded(String grant) throws Exception {
    admin.call(words("acl"));
    admin.call(
        Stream.of(words("acl-routing")).filter(w -> !w.equals(grant)).toArray(String[]::new));
    try (TargetedRig rig = new TargetedRig(RedisEndpoint.of(redis.uri()), endpoint("chat"))) {
      rig.publish(40);
      List<Route> routes = rig.assertAllReceived();
      TargetedRig.Sent join =
          TargetedRig.send(rig.publisher, TargetedRig.message("j").withDetour(TargetedRig.GROUP));

      switch (grant) {
        case "+set" -> assertThat(join).failsWithin(Duration.ofSeconds(20));
        case "+exists" -> assertThat(routes).contains(Route.DETOUR);
        default -> {
          assertThat(routes).contains(Route.NOT_PERMITTED);
          assertThat(rig.notes()).anyMatch(note -> note.startsWith("not targeted"));
        }
      }
      assertThat(join.handle((answer, failure) -> true)).succeedsWithin(Duration.ofSeconds(20));
    }
    admin.call("DEL", "chat:redis-fanout:detour:" + TargetedRig.GROUP);
  }

  @Test
  @Tag("full") // backplanes that outlive their nodes
  void withTheFurtherCommandsRedisRefusesNothingAndWithoutExactlyThese() throws Exception {
    admin.call(words("acl"));
    admin.call(words("acl-fence"));
    admin.call(words("acl-nodes"));
    admin.call(words("acl-more"));
    String[] bare = words("acl");
    bare[2] = "bare"; // another user, who has the first rule only
    admin.call(bare);
    admin.call("CONFIG", "RESETSTAT");

    // On backplanes that live longer than their nodes, so that an UNSUBSCRIBE is sent, too.
    try (RedisBackplane quiet = backplane("chat");
        RedisBackplane noisy = backplane("bare");
        RedisFanout first = live(quiet);
        RedisFanout second = live(noisy)) {
      within().until(() -> calls("role") > 0 && refusals("bare").contains("role"));
      first.close();
      second.close();
      within().until(() -> calls("unsubscribe") > 0);

      Set<String> further = new TreeSet<>();
      Stream.concat(Stream.of(words("acl-fence")), Stream.of(words("acl-more")))
          .filter(grant -> grant.startsWith("+"))
          .forEach(grant -> further.add(grant.substring(1)));
      further.add("time"); // of those for the nodes only the first is tried
      within().untilAsserted(() -> assertThat(refusals("bare")).isEqualTo(further));
      assertThat(refusals("chat")).isEmpty();
    }
  }

  private static RedisBackplane backplane(String user) {
    return new RedisBackplane(
        endpoint(user), RedisConfig.builder().readTimeout(Duration.ofSeconds(3)).build());
  }

  private static RedisFanout live(RedisBackplane backplane) throws Exception {
    RedisFanout node = RedisFanout.builder(backplane, FanoutConfig.of(Nodes.CHANNEL)).start();
    try {
      within().until(() -> node.health().status() == FanoutHealth.Status.UP);
      node.publisher().publishAndWait(List.of("alice"), "hello", Duration.ofSeconds(10));
      return node;
    } catch (Exception | Error e) {
      node.close(); // or it would fail the tests after this one, too
      throw e;
    }
  }

  /** The commands that Redis has refused to this user. */
  private Set<String> refusals(String user) {
    Set<String> commands = new TreeSet<>();
    List<String> log = redis.command("ACL", "LOG").lines().toList();
    for (int i = 0; i + 1 < log.size(); i++) {
      if (log.get(i).equals("object")) {
        String command = log.get(i + 1);
        assertThat(log.get(i + 2)).isEqualTo("username");
        if (log.get(i + 3).equals(user)) {
          commands.add(command);
        }
      }
    }
    return commands;
  }

  private static RedisEndpoint endpoint(String user) {
    return RedisEndpoint.of("redis://" + user + ":secret@127.0.0.1:" + redis.port());
  }

  private static String[] words(String snippet) throws IOException {
    return Document.read("docs/security.md").snippet(snippet).strip().split(" ");
  }

  // ---- TLS

  @Test
  void tlsSnippetIsLetInWithItsCertificateAndRefusedWithout() throws Exception {
    admin.call("ACL", "SETUSER", "chat", "reset", "on", ">secret", "allchannels", "+@all");
    TestAuthority authority = new TestAuthority(directory, "authority of the tests");
    TlsPort tls = TlsPort.open(redis, authority, authority.issue("127.0.0.1"));
    admin.call("CONFIG", "SET", "tls-auth-clients", "yes");
    String snippet =
        Document.read("docs/security.md")
            .snippet("tls")
            .replace("/etc/chat/authority.p12", authority.trustStore().toString())
            .replace("/etc/chat/client.p12", authority.issue("client").keyStore().toString())
            .replace("redis.example.com", "127.0.0.1")
            .replace("6380", Integer.toString(tls.port()))
            .replace(".start()", ".redis(patient).start()");
    String without = snippet.replaceAll(" *\\.keystore\\(.*\n", "");
    assertThat(without).isNotEqualTo(snippet);

    Class<?> nodes =
        new SnippetCompiler(directory)
            .load(
                "Nodes",
                "public class Nodes { public static RedisFanout with(RedisConfig patient) {\n"
                    + snippet
                    + "return fanout; }\npublic static RedisFanout without(RedisConfig patient) {\n"
                    + without
                    + "return fanout; }}");

    try (RedisFanout node = start(nodes, "with")) {
      within().until(() -> node.health().status() == FanoutHealth.Status.UP);
    }
    try (RedisFanout node = start(nodes, "without")) {
      // TLS 1.3: the server's alert may come while the login is being written.
      within()
          .until(() -> node.health().reason().matches(".*(certificate_required|Broken pipe).*"));
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DOWN);
      assertThat(node.health().reason())
          .doesNotContain("secret", TestAuthority.PASSWORD, directory.toString());
    } finally {
      admin.call("CONFIG", "SET", "tls-auth-clients", "no");
    }
  }

  private static RedisFanout start(Class<?> nodes, String method) throws Exception {
    return (RedisFanout)
        nodes.getMethod(method, RedisConfig.class).invoke(null, FaultRig.patient());
  }

  private static ConditionFactory within() {
    return await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(5));
  }
}
