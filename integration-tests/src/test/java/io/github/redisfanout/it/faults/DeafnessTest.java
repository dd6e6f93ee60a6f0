package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Subscriber;
import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Connected, and yet nothing is heard: only a probe can tell. */
class DeafnessTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  /** Where the receiving connection ends up: as healthy as the other, but nobody publishes here. */
  @RegisterExtension static final RedisProcess elsewhere = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Duration INTERVAL = Duration.ofMillis(300);

  private final List<String> story = new CopyOnWriteArrayList<>(); // of the receiving side
  private final List<BackplaneStatus.State> publishing = new CopyOnWriteArrayList<>();
  private final List<Gap> gaps = new CopyOnWriteArrayList<>();
  private final FanoutListener listener =
      new FanoutListener() {
        @Override
        public void onState(Subscriber.State state, String reason) {
          story.add(state.name());
        }

        @Override
        public void onPublishing(BackplaneStatus.State state, String reason) {
          publishing.add(state);
        }

        @Override
        public void onGap(Gap gap) {
          gaps.add(gap);
          story.add("gap");
        }
      };

  private FaultProxy proxy;

  @BeforeEach
  void open() {
    proxy = FaultProxy.to(redis.port());
  }

  @AfterEach
  void close() {
    proxy.close();
  }

  private static FanoutConfig config(Duration probeInterval) {
    return FanoutConfig.builder()
        .gapNotice("\"resync\"")
        .backplane(
            BackplaneConfig.builder()
                .heartbeatInterval(Duration.ofMillis(100))
                .readTimeout(Duration.ofSeconds(10))
                .probeInterval(probeInterval)
                .maxBackoff(Duration.ofMillis(100))
                .build())
        .build();
  }

  private RedisFanout start(Duration probeInterval) {
    RedisFanout node =
        RedisFanout.builder(RedisEndpoint.of("redis://127.0.0.1:" + proxy.port()))
            .config(config(probeInterval))
            .listener(listener)
            .start();
    await().atMost(LIMIT).until(() -> node.health().status() == FanoutHealth.Status.UP);
    return node;
  }

  /** Moves the receiving connection to the other Redis; the publishing one stays. */
  private void deafen() {
    long before = heartbeats();
    proxy.redirect(elsewhere.port());
    redis.command("CLIENT", "KILL", "TYPE", "pubsub");
    // Not the connection itself: it is found out within milliseconds.
    await().pollInterval(Duration.ofMillis(2)).atMost(LIMIT).until(() -> heartbeats() > before);
  }

  private static void publishThere(String text) {
    redis.command(
        "PUBLISH",
        FanoutConfig.defaults().channel(),
        "{\"target_user_ids\":[\"alice\"],\"payload\":\"" + text + "\"}");
  }

  /** Not only down: at first it may still be so for the connection that was killed. */
  private static boolean isFoundDeaf(FanoutHealth health) {
    return health.status() == FanoutHealth.Status.DOWN && health.reason().contains("probe");
  }

  @Test
  void connectedButDeafNodeIsFoundWithinTwoProbeIntervalsAndTellsTheWholeGap() throws Exception {
    try (RedisFanout node = start(INTERVAL)) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);
      Instant lastHeard = Instant.now();

      deafen();
      long deafSince = System.nanoTime();
      Instant lostAt = Instant.now();
      publishThere("lost");
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(2))
          .atMost(LIMIT)
          .until(() -> isFoundDeaf(node.health()));
      Duration found = Duration.ofNanos(System.nanoTime() - deafSince);
      proxy.redirect(redis.port());
      await().atMost(LIMIT).until(() -> node.health().status() == FanoutHealth.Status.UP);
      node.publisher().publishAndWait(List.of("alice"), "heard", LIMIT);

      alice.awaitText("\"heard\"");
      // The first gap is that of the connection that was killed; the other one was deaf.
      await().atMost(LIMIT).until(() -> gaps.size() == 2);
      assertThat(found).isLessThanOrEqualTo(INTERVAL.multipliedBy(2));
      assertThat(gaps.get(1).cause()).isEqualTo(Gap.Cause.DEAF);
      assertThat(gaps.get(1).from()).isBetween(lastHeard, lostAt);
      assertThat(gaps.get(1).until()).isAfter(lostAt);
      assertThat(alice.texts()).containsExactly("\"resync\"", "\"resync\"", "\"heard\"");
      assertThat(story)
          .containsExactly(
              "CONNECTING",
              "SUBSCRIBED",
              "RECONNECTING",
              "gap",
              "SUBSCRIBED",
              "RECONNECTING",
              "gap",
              "SUBSCRIBED");
      assertThat(publishing).startsWith(BackplaneStatus.State.CONNECTING, BackplaneStatus.State.UP);
      assertThat(publishing).doesNotContain(BackplaneStatus.State.DOWN);
    }
    Leftovers.assertNone(redis);
    Leftovers.assertNone(elsewhere);
  }

  /**
   * As after a failover: the old Redis lives on, with its subscribers, and nobody publishes there.
   */
  @Test
  void nodeWhosePublishesGoElsewhereIsFoundWithinTwoProbeIntervals() throws Exception {
    try (RedisFanout node = start(INTERVAL)) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);
      // Right after a probe: until the next one heartbeats alone go on, and they prove nothing.
      long probes = RedisStatistics.calls(redis, "publish");
      await()
          .pollInterval(Duration.ofMillis(2))
          .atMost(LIMIT)
          .until(() -> RedisStatistics.calls(redis, "publish") > probes);
      long deafSince = System.nanoTime();
      Instant lostAt = Instant.now();
      proxy.redirect(elsewhere.port());
      redis.command("CLIENT", "KILL", "TYPE", "normal");

      await()
          .pollInterval(Duration.ofMillis(2))
          .atMost(LIMIT)
          .until(() -> story.contains("RECONNECTING"));
      Duration found = Duration.ofNanos(System.nanoTime() - deafSince);

      assertThat(found).isLessThanOrEqualTo(INTERVAL.multipliedBy(2));
      await().atMost(LIMIT).until(() -> node.health().status() == FanoutHealth.Status.UP);
      node.publisher().publishAndWait(List.of("alice"), "heard", LIMIT);
      alice.awaitText("\"heard\"");
      assertThat(gaps).hasSize(1);
      assertThat(gaps.get(0).cause()).isEqualTo(Gap.Cause.DEAF);
      assertThat(gaps.get(0).from()).isBefore(lostAt);
      assertThat(story)
          .containsExactly("CONNECTING", "SUBSCRIBED", "RECONNECTING", "gap", "SUBSCRIBED");
    }
    Leftovers.assertNone(redis);
    Leftovers.assertNone(elsewhere);
  }

  /** As long as it takes to find it three times over: without probes it is never found. */
  @Test
  void withoutProbesItIsNotFound() throws Exception {
    try (RedisFanout node = start(Duration.ZERO)) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);

      deafen();
      publishThere("lost");
      long heartbeats = heartbeats();
      await().atMost(LIMIT).until(() -> heartbeats() >= heartbeats + 20);

      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.UP);
      assertThat(gaps).hasSize(1);
      assertThat(alice.texts()).containsExactly("\"resync\"");
    }
  }

  private static long heartbeats() {
    return RedisStatistics.calls(elsewhere, "subscribe");
  }

  @Test
  void deafConnectionsAreGivenUpOneAfterTheOtherAndNoneIsBelieved() throws Exception {
    try (RedisFanout node = start(INTERVAL)) {
      deafen();
      long connections = RedisStatistics.calls(elsewhere, "subscribe");

      await()
          .atMost(LIMIT)
          .until(() -> RedisStatistics.calls(elsewhere, "subscribe") >= connections + 10);

      await().until(() -> story.size() == 6);
      assertThat(story.subList(2, 6))
          .containsExactly("RECONNECTING", "gap", "SUBSCRIBED", "RECONNECTING");
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DOWN);
      assertThat(Leftovers.connections(elsewhere)).hasSizeLessThanOrEqualTo(2);
    }
  }

  @Test
  void receivingSideThatIsStalledIsFoundByTheProbeBeforeTheReadTimeout() throws Exception {
    try (FaultProxy receiving = FaultProxy.to(redis.port());
        RedisFanout node = start(INTERVAL)) {
      // The next receiving connection goes another way, which then is stalled.
      proxy.redirect(receiving.port());
      redis.command("CLIENT", "KILL", "TYPE", "pubsub");
      await().atMost(LIMIT).until(() -> gaps.size() == 1 && receiving.connections() == 1);
      await().atMost(LIMIT).until(() -> node.health().status() == FanoutHealth.Status.UP);

      receiving.stall(FaultProxy.Direction.SERVER_TO_CLIENT);
      await().atMost(LIMIT).until(() -> story.lastIndexOf("RECONNECTING") > 2);
      receiving.resume();

      await().atMost(LIMIT).until(() -> gaps.size() == 2);
      assertThat(gaps.get(1).cause()).isEqualTo(Gap.Cause.DEAF);
      await().atMost(LIMIT).until(() -> node.health().status() == FanoutHealth.Status.UP);
    }
  }

  @Test
  void brokenPublishingIsSaidAndTheReceivingSideIsLeftAlone() throws Exception {
    redis.command("ACL", "SETUSER", "reader", "on", ">secret", "+@all", "-publish", "allchannels");
    String uri = "redis://reader:secret@127.0.0.1:" + redis.port();
    try (RedisFanout node =
        RedisFanout.builder(RedisEndpoint.of(uri))
            .config(config(INTERVAL))
            .listener(listener)
            .start()) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);
      assertThat(node.awaitReady(LIMIT)).isTrue();
      await().atMost(LIMIT).until(() -> node.health().reason().contains("NOPERM"));
      long refused = RedisStatistics.rejected(redis, "publish");

      await().atMost(LIMIT).until(() -> RedisStatistics.rejected(redis, "publish") >= refused + 3);
      publishThere("heard");

      alice.awaitText("\"heard\"");
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DEGRADED);
      assertThat(node.health().reason()).startsWith("not publishing: Redis refuses to publish");
      assertThat(gaps).isEmpty();
      redis.command("ACL", "SETUSER", "reader", "+publish");
      await().atMost(LIMIT).until(() -> node.health().status() == FanoutHealth.Status.UP);
      await().atMost(LIMIT).until(() -> publishing.size() == 4); // told a moment later
      assertThat(publishing)
          .containsExactly(
              BackplaneStatus.State.CONNECTING,
              BackplaneStatus.State.UP,
              BackplaneStatus.State.DOWN,
              BackplaneStatus.State.UP);
    }
  }

  @Test
  void probesAreNotSeenByTheApplicationAndCountNothing() throws Exception {
    try (RedisFanout node = start(INTERVAL)) {
      long before = RedisStatistics.calls(redis, "publish");

      await().atMost(LIMIT).until(() -> RedisStatistics.calls(redis, "publish") >= before + 3);

      assertThat(node.counters().published()).isZero();
      assertThat(node.counters().received()).isZero();
      assertThat(node.health().roundTrip()).isPresent();
      CompletableFuture<Receipt> receipt = node.publisher().publish(List.of("alice"), "one");
      assertThat(receipt.get().receivers()).isOne();
    }
  }
}
