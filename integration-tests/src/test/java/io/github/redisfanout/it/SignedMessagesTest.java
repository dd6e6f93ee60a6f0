package io.github.redisfanout.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.MessageAuthentication;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.docs.Document;
import io.github.redisfanout.it.docs.SnippetCompiler;
import io.github.redisfanout.testkit.RecordingCallback;
import io.github.redisfanout.testkit.RecordingReceiver;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.util.List;
import javax.crypto.Mac;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What a party with access to Redis and without the key can do, and what it cannot. */
@Timeout(60)
class SignedMessagesTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String CHANNEL = "signed";
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static FanoutConfig config() {
    return FanoutConfig.builder(CHANNEL)
        .authentication(
            MessageAuthentication.hmacSha256("a key of thirty-two bytes or more".getBytes(UTF_8)))
        .build();
  }

  private static RedisFanout start(FanoutConfig config) throws InterruptedException {
    RedisFanout node = RedisFanout.connect(redis.uri(), config);
    assertThat(node.awaitReady(LIMIT)).isTrue();
    return node;
  }

  @Test
  void partyWithoutTheKeyCanListenButNeitherInjectNorReplay() throws Exception {
    RecordingReceiver listening = new RecordingReceiver();
    try (RedisFanout publishing = start(config());
        RedisFanout delivering = start(config());
        RedisBackplane attacker =
            new RedisBackplane(RedisEndpoint.of(redis.uri()), RedisConfig.defaults())) {
      RecordingTransport alice = new RecordingTransport();
      delivering.open("alice", alice);
      attacker.start(listening);
      attacker.subscribe(List.of(CHANNEL)).toCompletableFuture().get();

      publishing.publisher().publishAndWait(List.of("alice"), "to alice", LIMIT);
      alice.awaitText("\"to alice\"");
      await().atMost(LIMIT).until(() -> listening.texts().size() == 1);
      String sniffed = listening.texts().get(0);
      for (String message :
          List.of(
              sniffed,
              sniffed.replace("to alice", "of mallory"),
              "{\"target_user_ids\":[\"alice\"],\"payload\":\"of mallory\"}")) {
        attacker.publish(new Outgoing(CHANNEL, message.getBytes(UTF_8)), new RecordingCallback());
      }

      await().atMost(LIMIT).until(() -> delivering.counters().unauthenticated() == 3);
      publishing.publisher().publishAndWait(List.of("alice"), "after", LIMIT);
      alice.awaitText("\"after\"");
      assertThat(alice.texts()).containsExactly("\"to alice\"", "\"after\"");
    }
  }

  @Test
  void snippetIsAConfigurationThatSigns(@TempDir Path directory) throws Exception {
    Class<?> snippet =
        new SnippetCompiler(directory)
            .load(
                "Signing",
                "public class Signing { public static FanoutConfig config(byte[] key) {"
                    + Document.read("docs/security.md").snippet("authentication")
                    + "return config; }}");
    FanoutConfig config =
        (FanoutConfig) snippet.getMethod("config", byte[].class).invoke(null, new byte[32]);

    assertThat(config.authentication()).isPresent();
  }

  /** Bouncy Castle's MACs cannot be copied. */
  @Test
  void securityProviderWhoseMacsCannotBeCopiedWorks() throws Exception {
    Security.insertProviderAt(new BouncyCastleProvider(), 1);
    try (RedisFanout node = start(config())) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);

      node.publisher().publishAndWait(List.of("alice"), "hello", LIMIT);

      alice.awaitText("\"hello\"");
      assertThat(Mac.getInstance("HmacSHA256").getProvider().getName()).isEqualTo("BC");
    } finally {
      Security.removeProvider("BC");
    }
  }

  @Test
  void nodesWithoutAKeyReceiveFromThoseWithOne() throws Exception {
    try (RedisFanout signing = start(config());
        RedisFanout older = start(FanoutConfig.of(CHANNEL))) {
      RecordingTransport alice = new RecordingTransport();
      older.open("alice", alice);

      signing.publisher().publishAndWait(List.of("alice"), "hello", LIMIT);

      alice.awaitText("\"hello\"");
      assertThat(alice.texts()).containsExactly("\"hello\"");
    }
  }
}
