package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.redisfanout.backplane.Directory;
import io.github.redisfanout.backplane.NotPermittedException;
import io.github.redisfanout.backplane.PresenceTable;
import io.github.redisfanout.backplane.PresenceTable.Change;
import io.github.redisfanout.backplane.PresenceTable.Kind;
import io.github.redisfanout.backplane.PresenceTable.Lease;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.docs.Document;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The ACL rules for presence of docs/security.md, tried on a real Redis. */
class PresencePermissionsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  @AfterEach
  void deleteUser() {
    Leftovers.assertNone(redis);
    redis.command("ACL", "DELUSER", "chat");
    redis.command("ACL", "LOG", "RESET");
    redis.command("FLUSHALL");
    redis.command("SCRIPT", "FLUSH");
  }

  private static String[] words(String snippet) throws IOException {
    return Document.read("docs/security.md").snippet(snippet).strip().split(" ");
  }

  @Test
  void documentedGrantsAreEnough() throws Exception {
    redis.command(words("acl"));
    redis.command(words("acl-presence"));
    redis.command(words("acl-online"));
    redis.command("ACL", "SETUSER", "chat", "+client|setname", "+role");

    assertThat(usePresence()).isEmpty();
    assertThat(redis.command("ACL", "LOG")).doesNotContain("reason");
  }

  static Stream<String> grants() throws IOException {
    return Stream.concat(Stream.of(words("acl-presence")), Stream.of(words("acl-online")))
        .filter(word -> word.matches("[~+].*") && !word.equals("+client|kill"));
  }

  @ParameterizedTest
  @MethodSource("grants")
  void everyGrantIsNeeded(String grant) throws Exception {
    redis.command(words("acl"));
    for (String rule : List.of("acl-presence", "acl-online")) {
      redis.command(Stream.of(words(rule)).filter(w -> !w.equals(grant)).toArray(String[]::new));
    }

    assertThat(usePresence())
        .isNotEmpty()
        .allSatisfy(
            failure ->
                assertThat(failure)
                    .isInstanceOf(NotPermittedException.class)
                    .hasMessageStartingWith("Redis does not permit "));
  }

  /** All that is asked of the table, and who is subscribed; returns what failed. */
  private static List<Throwable> usePresence() throws Exception {
    List<Throwable> failures = new ArrayList<>();
    Duration minute = Duration.ofMinutes(1);
    try (RedisBackplane backplane =
        new RedisBackplane(
            RedisEndpoint.of("redis://chat:secret@127.0.0.1:" + redis.port()),
            RedisConfig.defaults())) {
      backplane.startPublishing();
      PresenceTable table = backplane.presence().orElseThrow();
      Directory directory = backplane.directory().orElseThrow();
      try {
        Lease lost = get(table.acquire("chat", "lost", minute, null, minute)).lease();
        get(table.change(lost, List.of(new Change(Kind.CAME, "alice"))));
        get(table.change(lost, List.of(new Change(Kind.LEFT, "alice"))));
        get(table.change(lost, List.of(new Change(Kind.CAME, "alice"))));
        Lease own = get(table.acquire("chat", "own", minute, null, minute)).lease();
        get(table.renew(own, minute));
        get(table.retire(lost, Duration.ZERO));
        // Its time may have come a millisecond later.
        await().atMost(Duration.ofSeconds(30)).until(() -> get(table.sweep(own)) == 1);
        get(table.renew(lost, minute));
        get(table.read("chat", List.of("alice")));
        get(directory.subscribers(List.of("chat:u:alice")));
      } catch (ExecutionException e) {
        failures.add(e.getCause());
      }
    }
    return failures;
  }

  @CanIgnoreReturnValue
  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
