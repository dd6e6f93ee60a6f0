package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.PublishException;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultRedisCredentials;
import redis.clients.jedis.RedisCredentials;

/** Redis goes away and comes back; the node recovers by itself. */
class RedisOutageTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final FanoutConfig CONFIG = FanoutConfig.of(Nodes.CHANNEL);
  private static final RedisConfig QUICK =
      RedisConfig.builder().readTimeout(Duration.ofMillis(900)).build();

  private static RedisFanout start(String uri, RedisConfig redisConfig) {
    return RedisFanout.builder(RedisEndpoint.of(uri), CONFIG).redis(redisConfig).start();
  }

  private static RedisFanout startPublishOnly(String uri, RedisConfig redisConfig) {
    return RedisFanout.builder(RedisEndpoint.of(uri), CONFIG)
        .redis(redisConfig)
        .publishOnly()
        .start();
  }

  @Test
  void restartedRedisIsReceivedAgainAndTheGapReported() throws Exception {
    List<Gap> gaps = new CopyOnWriteArrayList<>();
    List<ConnectionState> states = new CopyOnWriteArrayList<>();
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onGap(Gap gap) {
            gaps.add(gap);
          }

          @Override
          public void onReceiving(ConnectionState state, String reason) {
            states.add(state);
          }
        };
    try (Nodes nodes = new Nodes(redis.uri(), CONFIG)) {
      RedisFanout first = nodes.start();
      RedisFanout second = nodes.start(listener);
      RecordingTransport alice = new RecordingTransport();
      second.open("alice", alice);

      Instant killedAt = Instant.now();
      redis.kill();
      await().atMost(LIMIT).until(() -> second.health().status() == FanoutHealth.Status.DOWN);
      redis.restart();
      await().atMost(LIMIT).until(() -> isUp(first) && isUp(second));
      Instant upAt = Instant.now();
      Receipt receipt =
          first.publisher().publishAndWait(List.of("alice"), "end", Duration.ofSeconds(10));

      alice.awaitText("\"end\"");
      assertThat(receipt.nodes()).isEqualTo(2);
      await().atMost(LIMIT).until(() -> !gaps.isEmpty());
      assertThat(gaps).hasSize(1);
      assertThat(gaps.get(0).from()).isBeforeOrEqualTo(killedAt);
      assertThat(gaps.get(0).until()).isAfter(killedAt).isBeforeOrEqualTo(upAt);
      assertThat(gaps.get(0).cause()).isEqualTo(Gap.Cause.CONNECTION_LOST);
      assertThat(states)
          .containsExactly(
              ConnectionState.CONNECTING,
              ConnectionState.UP,
              ConnectionState.DOWN,
              ConnectionState.UP);
      assertThat(second.counters().reconnects()).isEqualTo(1);
    }
  }

  @Test
  void nodeStartedBeforeRedisReceivesOnceItIsThere() throws Exception {
    redis.kill();
    try (RedisFanout node = start(redis.uri(), QUICK)) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);
      await().atMost(LIMIT).until(() -> node.health().reason().contains("Connection refused"));
      assertThat(node.awaitReady(Duration.ofMillis(100))).isFalse();
      CompletableFuture<Receipt> early = node.publisher().publish(List.of("alice"), "early");

      redis.restart();

      assertThat(node.awaitReady(LIMIT)).isTrue();
      early.get(10, TimeUnit.SECONDS);
      node.publisher().publishAndWait(List.of("alice"), "end", LIMIT);
      alice.awaitText("\"end\"");
    }
  }

  /** Such as a service for tokens, called by code that throws an exception it does not declare. */
  @Test
  void credentialsThatAreUnavailableForAMomentOnlyDelayTheNode() throws Exception {
    AtomicBoolean away = new AtomicBoolean(true);
    Supplier<RedisCredentials> tokens =
        () -> {
          if (away.get()) {
            throwUndeclared(new IOException("no token"));
          }
          return new DefaultRedisCredentials("default", "any is right");
        };
    RedisEndpoint endpoint =
        RedisEndpoint.withJedis(
            "127.0.0.1",
            redis.port(),
            DefaultJedisClientConfig.builder().credentialsProvider(tokens).build());
    try (RedisFanout node = RedisFanout.builder(endpoint, CONFIG).redis(QUICK).start()) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);
      await().atMost(LIMIT).until(() -> node.health().reason().contains("no token"));

      away.set(false);

      assertThat(node.awaitReady(LIMIT)).isTrue();
      node.publisher().publishAndWait(List.of("alice"), "end", LIMIT);
      alice.awaitText("\"end\"");
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> void throwUndeclared(Throwable thrown) throws T {
    throw (T) thrown;
  }

  @Test
  void messageThatWaitsTooLongExpiresAndIsNeverSent() throws Exception {
    RedisConfig impatient = RedisConfig.builder().publishTimeout(Duration.ofMillis(200)).build();
    redis.kill();
    try (RedisFanout node = start(redis.uri(), impatient)) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);

      CompletableFuture<Receipt> late = node.publisher().publish(List.of("alice"), "late");

      assertThat(failureOf(late)).isEqualTo(PublishFailure.EXPIRED);
      redis.restart();
      assertThat(node.awaitReady(LIMIT)).isTrue();
      node.publisher().publishAndWait(List.of("alice"), "end", LIMIT);
      alice.awaitText("\"end\"");
      assertThat(alice.texts()).containsExactly("\"end\"");
      assertThat(node.counters().publishExpired()).isEqualTo(1);
    }
  }

  @Test
  void publishAndWaitThatGivesUpHasTakenTheMessageBackAndIsCounted() {
    redis.kill();
    try (RedisFanout node = start(redis.uri(), QUICK)) {

      assertThatThrownBy(
              () ->
                  node.publisher().publishAndWait(List.of("alice"), "late", Duration.ofMillis(50)))
          .isInstanceOf(PublishException.class)
          .hasMessageContaining("EXPIRED");

      assertThat(node.counters().publishExpired()).isEqualTo(1);
      assertThat(node.counters().published()).isZero();
    }
  }

  @Test
  void fullPublishBufferRejectsAtOnceAndNamesTheLimit() {
    RedisConfig small = RedisConfig.builder().publishBufferMessages(3).build();
    redis.kill();
    try (RedisFanout node = startPublishOnly(redis.uri(), small)) {
      Publisher publisher = node.publisher();
      for (int i = 0; i < 3; i++) {
        publisher.publish(List.of("alice"), i);
      }

      CompletableFuture<Receipt> refused = publisher.publish(List.of("alice"), "too many");

      assertThatThrownBy(() -> refused.get(10, TimeUnit.SECONDS))
          .hasMessageContaining("the publish buffer is full: publishBufferMessages 3");
      assertThat(failureOf(refused)).isEqualTo(PublishFailure.REJECTED);
      node.close(Duration.ZERO); // nothing can be flushed
    }
  }

  @Test
  void cancelTakesBackWhatWasNotWritten() throws Exception {
    redis.kill();
    try (RedisFanout node = start(redis.uri(), QUICK)) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);
      CompletableFuture<Receipt> takenBack = node.publisher().publish(List.of("alice"), "no");

      assertThat(takenBack.cancel(false)).isTrue();
      assertThat(node.health().bufferedMessages()).isZero();
      redis.restart();

      assertThat(node.awaitReady(LIMIT)).isTrue();
      node.publisher().publishAndWait(List.of("alice"), "end", LIMIT);
      alice.awaitText("\"end\"");
      assertThat(alice.texts()).containsExactly("\"end\"");
    }
  }

  @Test
  void publishWithoutAnAnswerIsUnknownAndNotSentAgain() throws Exception {
    try (FaultProxy proxy = FaultProxy.to(redis.port());
        Nodes nodes = new Nodes(redis.uri(), CONFIG, QUICK);
        RedisFanout node = startPublishOnly("redis://127.0.0.1:" + proxy.port(), QUICK)) {
      Publisher publisher = node.publisher();
      RecordingTransport alice = new RecordingTransport();
      nodes.start().open("alice", alice);
      publisher.publishAndWait(List.of("alice"), "before", LIMIT);

      proxy.stall(FaultProxy.Direction.SERVER_TO_CLIENT);
      CompletableFuture<Receipt> unanswered = publisher.publish(List.of("alice"), "unanswered");
      alice.awaitText("\"unanswered\"");
      proxy.cut();
      proxy.resume();

      assertThat(failureOf(unanswered)).isEqualTo(PublishFailure.UNKNOWN);
      publisher.publishAndWait(List.of("alice"), "end", LIMIT);
      alice.awaitText("\"end\"");
      assertThat(alice.texts()).containsExactly("\"before\"", "\"unanswered\"", "\"end\"");
    }
  }

  @Test
  void deadPeerIsFoundByTheReadTimeout() throws Exception {
    try (FaultProxy proxy = FaultProxy.to(redis.port());
        RedisFanout node = start("redis://127.0.0.1:" + proxy.port(), QUICK)) {
      assertThat(node.awaitReady(LIMIT)).isTrue();

      proxy.stall(FaultProxy.Direction.BOTH);
      await().atMost(LIMIT).until(() -> node.health().reason().contains("timed out"));
      proxy.resume();

      await().atMost(LIMIT).until(() -> isUp(node));
    }
  }

  @Test
  @Tag("full")
  void heartbeatsKeepAnIdleNodeConnected() throws Exception {
    try (RedisFanout node = start(redis.uri(), QUICK)) {
      assertThat(node.awaitReady(LIMIT)).isTrue();
      long before = subscribeCalls();

      // Ten heartbeats take longer than three read timeouts.
      await().atMost(LIMIT).until(() -> subscribeCalls() >= before + 10);

      assertThat(node.counters().reconnects()).isZero();
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.UP);
    }
  }

  @Test
  void refusedCommandIsRejectedInRedisOwnWords() throws Exception {
    redis.command("ACL", "SETUSER", "reader", "on", ">secret", "+@all", "-publish", "allchannels");
    String uri = "redis://reader:secret@127.0.0.1:" + redis.port();
    try (RedisFanout node = startPublishOnly(uri, QUICK)) {

      CompletableFuture<Receipt> refused = node.publisher().publish(List.of("alice"), "no");

      assertThat(failureOf(refused)).isEqualTo(PublishFailure.REJECTED);
      assertThatThrownBy(refused::get).hasMessageContaining("NOPERM");
    }
  }

  @Test
  void connectionThatMayNotSubscribeIsNotLeftBehind() throws Exception {
    redis.command("ACL", "SETUSER", "writer", "on", ">secret", "+@all", "resetchannels");
    String uri = "redis://writer:secret@127.0.0.1:" + redis.port();
    long before = RedisStatistics.rejected(redis, "subscribe");
    try (RedisFanout node = start(uri, QUICK)) {

      await().atMost(LIMIT).until(() -> RedisStatistics.rejected(redis, "subscribe") >= before + 5);

      assertThat(node.health().reason()).contains("NOPERM");
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DOWN);
      assertThat(redis.command("CLIENT", "LIST").lines())
          .filteredOn(line -> line.contains("name=redis-fanout-receive"))
          .hasSizeLessThanOrEqualTo(1);
    }
  }

  private static long subscribeCalls() {
    return RedisStatistics.calls(redis, "subscribe");
  }

  private static boolean isUp(RedisFanout node) {
    return node.health().status() == FanoutHealth.Status.UP;
  }

  private static PublishFailure failureOf(CompletableFuture<Receipt> future) {
    try {
      future.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      return ((PublishException) e.getCause()).failure();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    throw new AssertionError("it succeeded");
  }
}
