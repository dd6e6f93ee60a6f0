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
import io.github.redisfanout.Subscriber;
import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.PublishOutcome;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.DefaultRedisCredentials;
import redis.clients.jedis.RedisCredentials;

/** Redis goes away and comes back; nobody helps. */
class RedisOutageTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final BackplaneConfig QUICK =
      BackplaneConfig.builder()
          .heartbeatInterval(Duration.ofMillis(100))
          .readTimeout(Duration.ofMillis(500))
          .maxBackoff(Duration.ofMillis(200))
          .build();

  private static FanoutConfig quick() {
    return FanoutConfig.builder().backplane(QUICK).build();
  }

  @Test
  void killedAndRestartedRedisIsHeardAgainWithoutHelpAndTheGapIsTold() throws Exception {
    List<Gap> gaps = new CopyOnWriteArrayList<>();
    List<Subscriber.State> states = new CopyOnWriteArrayList<>();
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onGap(Gap gap) {
            gaps.add(gap);
          }

          @Override
          public void onState(Subscriber.State state, String reason) {
            states.add(state);
          }
        };
    try (Nodes nodes = new Nodes(redis.uri(), FanoutConfig.defaults())) {
      RedisFanout first = nodes.start();
      RedisFanout second = nodes.start(listener);
      RecordingTransport alice = new RecordingTransport();
      second.open("alice", alice);

      Instant killedAt = Instant.now();
      redis.kill();
      await().atMost(LIMIT).until(() -> second.health().status() == FanoutHealth.Status.DOWN);
      redis.restart();
      await().atMost(LIMIT).until(() -> hears(first) && hears(second));
      Instant heardAt = Instant.now();
      Receipt receipt =
          first.publisher().publishAndWait(List.of("alice"), "end", Duration.ofSeconds(10));

      alice.awaitText("\"end\"");
      assertThat(receipt.receivers()).isEqualTo(2);
      await().atMost(LIMIT).until(() -> !gaps.isEmpty());
      assertThat(gaps).hasSize(1);
      assertThat(gaps.get(0).from()).isBeforeOrEqualTo(killedAt);
      assertThat(gaps.get(0).until()).isAfter(killedAt).isBeforeOrEqualTo(heardAt);
      assertThat(gaps.get(0).cause()).isEqualTo(Gap.Cause.CONNECTION_LOST);
      assertThat(states)
          .containsExactly(
              Subscriber.State.CONNECTING,
              Subscriber.State.SUBSCRIBED,
              Subscriber.State.RECONNECTING,
              Subscriber.State.SUBSCRIBED);
      assertThat(second.counters().reconnects()).isEqualTo(1);
    }
  }

  @Test
  void nodeStartedBeforeRedisHearsOnceItIsThere() throws Exception {
    redis.kill();
    try (RedisFanout node = RedisFanout.connect(redis.uri(), quick())) {
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

  /** Such as a service that gives out tokens, called by code that declares no exception. */
  @Test
  void credentialsThatCannotBeHadForAMomentDelayTheNodeOnly() throws Exception {
    AtomicBoolean away = new AtomicBoolean(true);
    Supplier<RedisCredentials> tokens =
        () -> {
          if (away.get()) {
            throwUndeclared(new IOException("no token"));
          }
          return new DefaultRedisCredentials("default", "any is right");
        };
    RedisEndpoint endpoint =
        RedisEndpoint.of(
            "127.0.0.1",
            redis.port(),
            DefaultJedisClientConfig.builder().credentialsProvider(tokens).build());
    try (RedisFanout node = RedisFanout.builder(endpoint).config(quick()).start()) {
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
    FanoutConfig config =
        FanoutConfig.builder()
            .backplane(
                BackplaneConfig.builder()
                    .publishTimeout(Duration.ofMillis(200))
                    .maxBackoff(Duration.ofMillis(200))
                    .build())
            .build();
    redis.kill();
    try (RedisFanout node = RedisFanout.connect(redis.uri(), config)) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);

      CompletableFuture<Receipt> late = node.publisher().publish(List.of("alice"), "late");

      assertThat(outcome(late)).isEqualTo(PublishOutcome.EXPIRED);
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
    try (RedisFanout node = RedisFanout.connect(redis.uri(), quick())) {

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
    FanoutConfig config =
        FanoutConfig.builder()
            .closeTimeout(Duration.ofMillis(100))
            .backplane(BackplaneConfig.builder().publishBufferMessages(3).build())
            .build();
    redis.kill();
    try (Publisher publisher = RedisFanout.publisher(redis.uri(), config)) {
      for (int i = 0; i < 3; i++) {
        publisher.publish(List.of("alice"), i);
      }

      CompletableFuture<Receipt> refused = publisher.publish(List.of("alice"), "too many");

      assertThatThrownBy(() -> refused.get(10, TimeUnit.SECONDS))
          .hasMessageContaining("the publish buffer is full: publishBufferMessages 3");
      assertThat(outcome(refused)).isEqualTo(PublishOutcome.REJECTED);
    }
  }

  @Test
  void cancelTakesBackWhatWasNotWritten() throws Exception {
    redis.kill();
    try (RedisFanout node = RedisFanout.connect(redis.uri(), quick())) {
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
        Nodes nodes = new Nodes(redis.uri(), quick());
        Publisher publisher = RedisFanout.publisher("redis://127.0.0.1:" + proxy.port(), quick())) {
      RecordingTransport alice = new RecordingTransport();
      nodes.start().open("alice", alice);
      publisher.publishAndWait(List.of("alice"), "before", LIMIT);

      proxy.stall(FaultProxy.Direction.SERVER_TO_CLIENT);
      CompletableFuture<Receipt> unanswered = publisher.publish(List.of("alice"), "unanswered");
      alice.awaitText("\"unanswered\"");
      proxy.cut();
      proxy.resume();

      assertThat(outcome(unanswered)).isEqualTo(PublishOutcome.UNKNOWN);
      publisher.publishAndWait(List.of("alice"), "end", LIMIT);
      alice.awaitText("\"end\"");
      assertThat(alice.texts()).containsExactly("\"before\"", "\"unanswered\"", "\"end\"");
    }
  }

  @Test
  void deadPeerIsFoundByTheReadTimeout() throws Exception {
    try (FaultProxy proxy = FaultProxy.to(redis.port());
        RedisFanout node = RedisFanout.connect("redis://127.0.0.1:" + proxy.port(), quick())) {
      assertThat(node.awaitReady(LIMIT)).isTrue();

      proxy.stall(FaultProxy.Direction.BOTH);
      await().atMost(LIMIT).until(() -> node.health().reason().contains("timed out"));
      proxy.resume();

      await().atMost(LIMIT).until(() -> hears(node));
    }
  }

  @Test
  void heartbeatsKeepAnIdleNodeConnected() throws Exception {
    try (RedisFanout node = RedisFanout.connect(redis.uri(), quick())) {
      assertThat(node.awaitReady(LIMIT)).isTrue();
      long before = subscribeCalls();

      // Ten heartbeats are two read timeouts.
      await().atMost(LIMIT).until(() -> subscribeCalls() >= before + 10);

      assertThat(node.counters().reconnects()).isZero();
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.UP);
    }
  }

  @Test
  void refusedCommandIsRejectedInRedisOwnWords() throws Exception {
    redis.command("ACL", "SETUSER", "reader", "on", ">secret", "+@all", "-publish", "allchannels");
    String uri = "redis://reader:secret@127.0.0.1:" + redis.port();
    try (Publisher publisher = RedisFanout.publisher(uri, quick())) {

      CompletableFuture<Receipt> refused = publisher.publish(List.of("alice"), "no");

      assertThat(outcome(refused)).isEqualTo(PublishOutcome.REJECTED);
      assertThatThrownBy(refused::get).hasMessageContaining("NOPERM");
    }
  }

  @Test
  void connectionThatMayNotSubscribeIsNotLeftBehind() throws Exception {
    redis.command("ACL", "SETUSER", "deaf", "on", ">secret", "+@all", "resetchannels");
    String uri = "redis://deaf:secret@127.0.0.1:" + redis.port();
    long before = RedisStatistics.rejected(redis, "subscribe");
    try (RedisFanout node = RedisFanout.connect(uri, quick())) {

      await().atMost(LIMIT).until(() -> RedisStatistics.rejected(redis, "subscribe") >= before + 5);

      assertThat(node.health().reason()).contains("NOPERM");
      assertThat(node.subscriber().state()).isEqualTo(Subscriber.State.CONNECTING);
      assertThat(redis.command("CLIENT", "LIST").lines())
          .filteredOn(line -> line.contains("name=redis-fanout-receive"))
          .hasSizeLessThanOrEqualTo(1);
    }
  }

  private static long subscribeCalls() {
    return RedisStatistics.calls(redis, "subscribe");
  }

  private static boolean hears(RedisFanout node) {
    return node.health().status() == FanoutHealth.Status.UP;
  }

  private static PublishOutcome outcome(CompletableFuture<Receipt> future) {
    try {
      future.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      return ((PublishException) e.getCause()).outcome();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    throw new AssertionError("it succeeded");
  }
}
