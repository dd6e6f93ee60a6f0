package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.authentication.core.SimpleToken;
import redis.clients.authentication.core.Token;
import redis.clients.authentication.core.TokenAuthConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultRedisCredentials;
import redis.clients.jedis.RedisCredentials;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.authentication.AuthXManager;

/**
 * Credentials expire, and Redis then ends the connections that still use them. Here each token is a
 * user, which is deleted: that ends its connections.
 */
class CredentialsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** More for a soak: with 5,000 ms between them, 120 take ten minutes. */
  private static final int RENEWALS = Integer.getInteger("credentials.renewals", 40);

  private static final Duration LIFE =
      Duration.ofMillis(Integer.getInteger("credentials.millis", 40));

  private final AtomicInteger token = new AtomicInteger();
  private final RecordingTransport alice = new RecordingTransport();

  @AfterEach
  void nothingIsLeft() {
    Leftovers.assertNone(redis);
    redis.command("ACL", "DELUSER", user());
  }

  private String user() {
    return "app-" + token.get();
  }

  private RedisCredentials credentials() {
    int number = token.get(); // once: it may change
    return new DefaultRedisCredentials("app-" + number, "s-" + number);
  }

  private void createUser() {
    createUser(token.get());
  }

  private static void createUser(int number) {
    redis.command("ACL", "SETUSER", "app-" + number, "on", ">s-" + number, "&*", "~*", "+@all");
  }

  /** The next token is valid; the last one expires as soon as no connection uses it. */
  private void renew() {
    String old = user();
    createUser(token.get() + 1); // before anybody may use it
    token.incrementAndGet();
    FaultRig.within(LIMIT)
        .until(() -> !redis.command("CLIENT", "LIST").contains(" user=" + old + " "));
    redis.command("ACL", "DELUSER", old);
  }

  private static RedisEndpoint endpoint(DefaultJedisClientConfig.Builder client) {
    return RedisEndpoint.withJedis("127.0.0.1", redis.port(), client.build());
  }

  private RedisFanout start(RedisEndpoint endpoint) throws InterruptedException {
    RedisFanout node = RedisFanout.builder(endpoint, FanoutConfig.of(Nodes.CHANNEL)).start();
    node.open("alice", alice);
    assertThat(node.awaitReady(LIMIT)).isTrue();
    return node;
  }

  @Test
  void bothConnectionsLogInAgainBeforeATokenExpires() throws Exception {
    createUser();
    Supplier<RedisCredentials> provider = this::credentials;
    DefaultJedisClientConfig.Builder client =
        DefaultJedisClientConfig.builder()
            .protocol(RedisProtocol.RESP3)
            .credentialsProvider(provider);
    try (RedisFanout node = start(endpoint(client).withLoginInterval(LIFE.dividedBy(2)))) {
      int threads = Leftovers.threads().size();
      String connections = connections();
      for (int i = 0; i < RENEWALS; i++) {
        renew();
        node.publisher().publishAndWait(List.of("alice"), "m" + i, LIMIT);
        LockSupport.parkNanos(LIFE.toNanos() / 2);
      }

      alice.awaitText("\"m" + (RENEWALS - 1) + "\"");
      assertThat(alice.texts()).hasSize(RENEWALS);
      assertThat(connections()).as("the same connections").isEqualTo(connections);
      assertThat(node.counters().gaps()).isZero();
      assertThat(node.counters().reconnects()).isZero();
      assertThat(Leftovers.threads()).hasSizeLessThanOrEqualTo(threads);
    }
  }

  /** The ids of the two connections. */
  private static String connections() {
    return redis
        .command("CLIENT", "LIST")
        .lines()
        .filter(line -> line.matches(".* name=redis-fanout-(publish|receive) .*"))
        .map(line -> line.replaceAll(" .*", ""))
        .sorted()
        .toList()
        .toString();
  }

  @Test
  void providerThatFailsIsAskedAgainAndHealthSaysSo() throws Exception {
    createUser();
    AtomicInteger failures = new AtomicInteger();
    Supplier<RedisCredentials> provider =
        () -> {
          if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new IllegalStateException("no token today");
          }
          return credentials();
        };
    DefaultJedisClientConfig.Builder client =
        DefaultJedisClientConfig.builder()
            .protocol(RedisProtocol.RESP3)
            .credentialsProvider(provider);
    try (RedisFanout node = start(endpoint(client).withLoginInterval(Duration.ofMillis(100)))) {
      failures.set(3);

      FaultRig.within(LIMIT)
          .until(() -> node.health().notes().contains("no new credentials: no token today"));
      FaultRig.within(LIMIT).until(() -> node.health().notes().isEmpty());
      assertThat(node.health()).hasToString("UP");
    }
  }

  @Test
  void credentialsThatRedisRefusesLeaveTheConnectionsAsTheyAre() throws Exception {
    createUser();
    AtomicInteger wrong = new AtomicInteger();
    Supplier<RedisCredentials> provider =
        () -> wrong.get() == 0 ? credentials() : new DefaultRedisCredentials("nobody", "wrong");
    DefaultJedisClientConfig.Builder client =
        DefaultJedisClientConfig.builder()
            .protocol(RedisProtocol.RESP3)
            .credentialsProvider(provider);
    try (RedisFanout node = start(endpoint(client).withLoginInterval(Duration.ofMillis(50)))) {
      String connections = connections();

      wrong.set(1);

      FaultRig.within(LIMIT)
          .until(
              () ->
                  node.health().notes().stream()
                      .anyMatch(
                          note -> note.startsWith("Redis refused new credentials: WRONGPASS")));
      node.publisher().publishAndWait(List.of("alice"), "still", LIMIT);
      alice.awaitText("\"still\"");
      assertThat(connections()).isEqualTo(connections);
      assertThat(node.counters().gaps()).isZero();
    }
  }

  @Test
  void tokensOfJedisAuthXManagerAreUsedAndRenewed() throws Exception {
    createUser();
    TokenAuthConfig tokens =
        new TokenAuthConfig.Builder<>()
            .identityProviderConfig(() -> this::requestToken)
            .expirationRefreshRatio(0.5f)
            .lowerRefreshBoundMillis(1)
            .tokenRequestExecTimeoutInMs(2_000)
            .maxAttemptsToRetry(3)
            .delayInMsToRetry(100)
            .build();
    AuthXManager manager = new AuthXManager(tokens);
    DefaultJedisClientConfig.Builder client =
        DefaultJedisClientConfig.builder().protocol(RedisProtocol.RESP3).authXManager(manager);
    try (RedisFanout node = start(endpoint(client))) {
      String connections = connections();
      for (int i = 0; i < 5; i++) {
        renew();
        node.publisher().publishAndWait(List.of("alice"), "m" + i, LIMIT);
      }

      alice.awaitText("\"m4\"");
      assertThat(connections()).isEqualTo(connections);
      assertThat(node.counters().gaps()).isZero();
    } finally {
      manager.stop();
    }
  }

  private Token requestToken() {
    int number = token.get();
    long now = System.currentTimeMillis();
    return new SimpleToken("app-" + number, "s-" + number, now + 400, now, Map.of());
  }
}
