package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.PublishException;
import io.github.redisfanout.Subscriber;
import io.github.redisfanout.backplane.PublishOutcome;
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

/** Redis does not let the node in, and later does; nobody helps. */
class PasswordFaultsTest {
  private static final String OLDER_JEDIS = "[67]\\..*";

  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private AdminConnection admin;

  @BeforeEach
  void openAdmin() {
    admin = new AdminConnection(redis);
  }

  @AfterEach
  void letEverybodyIn() {
    admin.requirePassword("");
    admin.close();
    Leftovers.assertNone(redis);
  }

  @Test
  void wrongPasswordAtStartIsSaidInRedisOwnWordsUntilItIsRight() throws Exception {
    admin.requirePassword("another");
    try (ObservedNode node = new ObservedNode(with("my-secret"))) {
      node.awaitDown("WRONGPASS invalid username-password pair");
      admin.awaitRefusals("WRONGPASS", 10);
      PublishException unsent = node.publishUnsent();

      assertThat(unsent.outcome()).isEqualTo(PublishOutcome.EXPIRED);
      assertThat(node.fanout().subscriber().state()).isEqualTo(Subscriber.State.CONNECTING);
      admin.requirePassword("my-secret");

      node.awaitUp();
      node.assertFlows("end");
      node.assertHeard("end");
      node.assertFirstHeardLate();
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
      admin.awaitRefusals("WRONGPASS", 10);

      admin.call("ACL", "SETUSER", "newcomer", "on", ">my-secret", "allchannels", "+@all");

      node.awaitUp();
      node.assertFlows("end");
      node.assertFirstHeardLate();
    } finally {
      admin.call("ACL", "DELUSER", "newcomer");
    }
  }

  @Test
  void rotatedPasswordIsRefusedUntilTheOldOneIsBack() throws Exception {
    admin.requirePassword("old");
    try (ObservedNode node = ObservedNode.hearing(with("old"))) {
      node.assertFlows("before");
      admin.requirePassword("new");
      node.assertFlows("open connections stay");

      admin.killClients();
      Instant fault = Instant.now();
      node.awaitDown("WRONGPASS");
      admin.awaitRefusals("WRONGPASS", 20);
      assertThat(node.fanout().subscriber().state()).isEqualTo(Subscriber.State.RECONNECTING);
      assertThat(node.publishUnsent().outcome()).isEqualTo(PublishOutcome.EXPIRED);
      Instant cure = Instant.now();
      admin.requirePassword("old");

      node.awaitUp();
      node.assertFlows("end");
      node.assertHeard("before", "open connections stay", "end");
      node.assertDeafOnce(fault, cure);
    }
  }

  @Test
  void rotatedPasswordOfCredentialsProviderIsUsedAtTheNextConnect() throws Exception {
    AtomicReference<String> vault = new AtomicReference<>("old");
    RedisEndpoint endpoint =
        RedisEndpoint.of(
            "127.0.0.1",
            redis.port(),
            DefaultJedisClientConfig.builder()
                .credentialsProvider(() -> new DefaultRedisCredentials(null, vault.get()))
                .build());
    admin.requirePassword("old");
    try (ObservedNode node = ObservedNode.hearing(endpoint)) {
      admin.requirePassword("new");
      admin.killClients();
      Instant fault = Instant.now();
      node.awaitDown("WRONGPASS");
      Instant cure = Instant.now();
      vault.set("new");

      node.awaitUp();
      node.assertFlows("end");
      node.assertDeafOnce(fault, cure);
    }
  }

  @Test
  @DisabledIfSystemProperty(
      named = "compat.jedis",
      matches = OLDER_JEDIS,
      disabledReason = "it greets nobody, so the next test says what happens")
  void nodeWithoutPasswordIsNotConnectedWhereOneIsDemanded() throws Exception {
    admin.requirePassword("secret");
    try (ObservedNode node = new ObservedNode(RedisEndpoint.of(redis.uri()))) {
      node.awaitDown("NOAUTH");
      admin.awaitRefusals("NOAUTH", 10);
      assertThat(node.publishUnsent().outcome()).isEqualTo(PublishOutcome.EXPIRED);

      admin.requirePassword("");

      node.awaitUp();
      node.assertFlows("end");
      node.assertHeard("end");
      node.assertFirstHeardLate();
    }
  }

  @Test
  void publishOfConnectionThatNeverLoggedInIsRejected() throws Exception {
    RedisEndpoint withoutHello = RedisEndpoint.of("127.0.0.1", redis.port(), greetingNobody());
    admin.requirePassword("secret");
    try (ObservedNode node = new ObservedNode(withoutHello)) {
      node.awaitDown("NOAUTH Authentication required");

      PublishException refused = node.publishRefused();

      assertThat(refused).hasMessage("publish REJECTED: NOAUTH Authentication required.");
      assertThat(refused.outcome()).isEqualTo(PublishOutcome.REJECTED);
      admin.requirePassword("");
      node.awaitUp();
      node.assertFlows("end");
      node.assertHeard("end");
      node.assertFirstHeardLate();
    }
  }

  private static JedisClientConfig greetingNobody() {
    DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder();
    return System.getProperty("compat.jedis", "").matches(OLDER_JEDIS)
        ? config.build()
        : config.autoNegotiateProtocol(false).build();
  }

  @Test
  void failingCredentialsProviderIsAskedAgainAndLeavesNoConnectionOpen() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    AtomicBoolean sealed = new AtomicBoolean(true);
    RedisEndpoint endpoint =
        RedisEndpoint.of(
            "127.0.0.1",
            redis.port(),
            DefaultJedisClientConfig.builder()
                .credentialsProvider(
                    () -> {
                      asked.incrementAndGet();
                      if (sealed.get()) {
                        throw new IllegalStateException("the vault is sealed");
                      }
                      return new DefaultRedisCredentials(null, "secret");
                    })
                .build());
    admin.requirePassword("secret");
    try (ObservedNode node = new ObservedNode(endpoint)) {
      node.awaitDown("the vault is sealed");
      await().atMost(Duration.ofSeconds(20)).until(() -> asked.get() >= 20);
      long open = admin.connectionsOf("default");
      sealed.set(false);

      node.awaitUp();
      node.assertFlows("end");
      node.assertFirstHeardLate();
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
