package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.PublishException;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultRedisCredentials;
import redis.clients.jedis.JedisClientConfig;

/** Redis refuses the log-in, and later accepts it; the node recovers by itself. */
class PasswordFaultsTest {
  private static final String OLDER_JEDIS = "[67]\\..*";

  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private AdminConnection admin;

  @BeforeEach
  void openAdmin() {
    admin = new AdminConnection(redis);
  }

  @AfterEach
  void removePassword() {
    admin.requirePassword("");
    admin.close();
    Leftovers.assertNone(redis);
  }

  @Test
  void wrongPasswordAtStartIsReportedInRedisOwnWordsUntilItIsRight() throws Exception {
    admin.requirePassword("another");
    try (ObservedNode node = new ObservedNode(with("my-secret"))) {
      node.awaitDown("WRONGPASS invalid username-password pair");
      admin.awaitRefusals("WRONGPASS", 6);
      PublishException unsent = node.publishUnsent();

      assertThat(unsent.failure()).isEqualTo(PublishFailure.EXPIRED);
      node.assertState(ConnectionState.DOWN);
      admin.requirePassword("my-secret");

      node.awaitUp();
      node.assertFlows("end");
      node.assertReceived("end");
      node.assertConnectedLate();
      assertThat(node.reasons()).noneMatch(reason -> reason.contains("my-secret"));
    }
  }

  @Test
  void wrongPasswordIsNotQuoted() {
    admin.requirePassword("another");
    try (ObservedNode node = new ObservedNode(with("my-secret"))) {
      node.awaitDown("WRONGPASS");

      assertThat(node.fanout().health().reason()).doesNotContain("my-secret", "another");
      assertThat(node.publishUnsent()).message().doesNotContain("my-secret", "another");
    }
  }

  @Test
  void unknownUserIsRefusedUntilThereIsOne() throws Exception {
    RedisEndpoint endpoint =
        RedisEndpoint.of("redis://newcomer:my-secret@127.0.0.1:" + redis.port());
    try (ObservedNode node = new ObservedNode(endpoint)) {
      node.awaitDown("WRONGPASS");
      admin.awaitRefusals("WRONGPASS", 6);

      admin.call("ACL", "SETUSER", "newcomer", "on", ">my-secret", "allchannels", "+@all");

      node.awaitUp();
      node.assertFlows("end");
      node.assertConnectedLate();
    } finally {
      admin.call("ACL", "DELUSER", "newcomer");
    }
  }

  @Test
  void rotatedPasswordIsRefusedUntilTheOldOneIsBack() throws Exception {
    admin.requirePassword("old");
    try (ObservedNode node = ObservedNode.up(with("old"))) {
      node.assertFlows("before");
      admin.requirePassword("new");
      node.assertFlows("open connections stay");

      admin.killClients();
      Instant fault = Instant.now();
      node.awaitDown("WRONGPASS");
      admin.awaitRefusals("WRONGPASS", 6);
      node.assertState(ConnectionState.DOWN);
      assertThat(node.publishUnsent().failure()).isEqualTo(PublishFailure.EXPIRED);
      Instant cure = Instant.now();
      admin.requirePassword("old");

      node.awaitUp();
      node.assertFlows("end");
      node.assertReceived("before", "open connections stay", "end");
      node.assertLostOnce(fault, cure);
    }
  }

  @Test
  void rotatedPasswordOfCredentialsProviderIsUsedAtTheNextConnect() throws Exception {
    AtomicReference<String> vault = new AtomicReference<>("old");
    RedisEndpoint endpoint =
        RedisEndpoint.withJedis(
            "127.0.0.1",
            redis.port(),
            DefaultJedisClientConfig.builder()
                .credentialsProvider(() -> new DefaultRedisCredentials(null, vault.get()))
                .build());
    admin.requirePassword("old");
    try (ObservedNode node = ObservedNode.up(endpoint)) {
      admin.requirePassword("new");
      admin.killClients();
      Instant fault = Instant.now();
      node.awaitDown("WRONGPASS");
      Instant cure = Instant.now();
      vault.set("new");

      node.awaitUp();
      node.assertFlows("end");
      node.assertLostOnce(fault, cure);
    }
  }

  @Test
  @DisabledIfSystemProperty(
      named = "compat.jedis",
      matches = OLDER_JEDIS,
      disabledReason = "it sends no greeting, see the next test")
  void nodeWithoutPasswordIsNotConnectedWhereOneIsDemanded() throws Exception {
    admin.requirePassword("secret");
    try (ObservedNode node = new ObservedNode(RedisEndpoint.of(redis.uri()))) {
      node.awaitDown("NOAUTH");
      admin.awaitRefusals("NOAUTH", 6);
      assertThat(node.publishUnsent().failure()).isEqualTo(PublishFailure.EXPIRED);

      admin.requirePassword("");

      node.awaitUp();
      node.assertFlows("end");
      node.assertReceived("end");
      node.assertConnectedLate();
    }
  }

  @Test
  void publishOfConnectionThatNeverLoggedInIsRejected() throws Exception {
    RedisEndpoint withoutHello =
        RedisEndpoint.withJedis("127.0.0.1", redis.port(), withoutGreeting());
    admin.requirePassword("secret");
    try (ObservedNode node = new ObservedNode(withoutHello)) {
      node.awaitDown("NOAUTH Authentication required");

      PublishException refused = node.publishRefused();

      assertThat(refused).hasMessage("publish REJECTED: NOAUTH Authentication required.");
      assertThat(refused.failure()).isEqualTo(PublishFailure.REJECTED);
      admin.requirePassword("");
      node.awaitUp();
      node.assertFlows("end");
      node.assertReceived("end");
      node.assertConnectedLate();
    }
  }

  private static JedisClientConfig withoutGreeting() {
    DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder();
    return System.getProperty("compat.jedis", "").matches(OLDER_JEDIS)
        ? config.build()
        : config.autoNegotiateProtocol(false).build();
  }

  @Test
  void failingCredentialsProviderIsCalledAgainAndLeavesNoConnectionOpen() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    AtomicBoolean sealed = new AtomicBoolean(true);
    RedisEndpoint endpoint =
        RedisEndpoint.withJedis(
            "127.0.0.1",
            redis.port(),
            DefaultJedisClientConfig.builder()
                .credentialsProvider(
                    () -> {
                      calls.incrementAndGet();
                      if (sealed.get()) {
                        throw new IllegalStateException("the vault is sealed");
                      }
                      return new DefaultRedisCredentials(null, "secret");
                    })
                .build());
    admin.requirePassword("secret");
    try (ObservedNode node = new ObservedNode(endpoint)) {
      node.awaitDown("the vault is sealed");
      await().atMost(Duration.ofSeconds(20)).until(() -> calls.get() >= 8);
      long open = admin.connectionsOf("default");
      sealed.set(false);

      node.awaitUp();
      node.assertFlows("end");
      node.assertConnectedLate();
      assertThat(open).as("the administrator's and those being opened").isLessThanOrEqualTo(3);
    }
  }

  @Test
  void nodeIsClosedWhileItsPasswordIsWrong() {
    admin.requirePassword("another");
    ObservedNode node = new ObservedNode(with("my-secret"));
    node.awaitDown("WRONGPASS");

    node.assertClosesAtOnce();

    assertThat(admin.connectionsOf("default")).as("the administrator's").isEqualTo(1);
  }

  private static RedisEndpoint with(String password) {
    return RedisEndpoint.of("redis://:" + password + "@127.0.0.1:" + redis.port());
  }
}
