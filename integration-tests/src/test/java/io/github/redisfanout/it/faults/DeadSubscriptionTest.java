package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.Nodes;
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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node that is connected and receives nothing: only a probe can detect that. */
class DeadSubscriptionTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  /** Where the receiving connection ends up: as healthy as the other, but without messages. */
  @RegisterExtension static final RedisProcess elsewhere = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Duration INTERVAL = Duration.ofMillis(300);

  private final List<String> events = new CopyOnWriteArrayList<>(); // of receiving
  private final List<ConnectionState> publishing = new CopyOnWriteArrayList<>();
  private final List<Gap> gaps = new CopyOnWriteArrayList<>();
  private final FanoutListener listener =
      new FanoutListener() {
        @Override
        public void onReceiving(ConnectionState state, String reason) {
          events.add(state.name());
        }

        @Override
        public void onPublishing(ConnectionState state, String reason) {
          publishing.add(state);
        }

        @Override
        public void onGap(Gap gap) {
          gaps.add(gap);
          events.add("gap");
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

  private RedisFanout.Builder builder(String uri, Duration probeInterval) {
    return RedisFanout.builder(
            RedisEndpoint.of(uri),
            FanoutConfig.builder(Nodes.CHANNEL).gapNotice("\"resync\"").build())
        .redis(
            RedisConfig.builder()
                .readTimeout(Duration.ofSeconds(3)) // a heartbeat every second
                .probeInterval(probeInterval)
                .build())
        .listener(listener);
  }

  private RedisFanout start(Duration probeInterval) throws InterruptedException {
    RedisFanout node = builder("redis://127.0.0.1:" + proxy.port(), probeInterval).start();
    assertThat(node.awaitReady(LIMIT)).isTrue();
    return node;
  }

  /** Moves the receiving connection to the other Redis; the publishing one stays. */
  private void moveReceiving() {
    long before = heartbeats();
    proxy.redirect(elsewhere.port());
    redis.command("CLIENT", "KILL", "TYPE", "pubsub");
    // Not until it is connected: by then it may have been found.
    await().pollInterval(Duration.ofMillis(2)).atMost(LIMIT).until(() -> heartbeats() > before);
  }

  private static void publishThere(String text) {
    redis.command(
        "PUBLISH", Nodes.CHANNEL, "{\"target_user_ids\":[\"alice\"],\"payload\":\"" + text + "\"}");
  }

  /** Not only DOWN: at first that may still be because of the connection that was killed. */
  private static boolean isDetected(FanoutHealth health) {
    return health.status() == FanoutHealth.Status.DOWN && health.reason().contains("probe");
  }

  @Test
  void deadSubscriptionIsDetectedWithinTwoProbeIntervalsAndTheWholeGapReported() throws Exception {
    try (RedisFanout node = start(INTERVAL)) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);
      Instant receivingAt = Instant.now();

      moveReceiving();
      long deadSince = System.nanoTime();
      Instant lostAt = Instant.now();
      publishThere("lost");
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(2))
          .atMost(LIMIT)
          .until(() -> isDetected(node.health()));
      Duration detected = Duration.ofNanos(System.nanoTime() - deadSince);
      proxy.redirect(redis.port());
      await().atMost(LIMIT).until(() -> node.health().status() == FanoutHealth.Status.UP);
      node.publisher().publishAndWait(List.of("alice"), "received", LIMIT);

      alice.awaitText("\"received\"");
      // The first gap is that of the connection that was killed; others of these moves may follow.
      await().atMost(LIMIT).until(() -> gaps.size() >= 2);
      assertThat(detected).isLessThanOrEqualTo(INTERVAL.multipliedBy(2));
      assertThat(gaps.get(1).cause()).isEqualTo(Gap.Cause.DEAD_SUBSCRIPTION);
      assertThat(gaps.get(1).from()).isBetween(receivingAt, lostAt);
      assertThat(gaps.get(1).until()).isAfter(lostAt);
      assertThat(alice.texts())
          .startsWith("\"resync\"", "\"resync\"")
          .containsOnly("\"resync\"", "\"received\"");
      assertThat(events).startsWith("CONNECTING", "UP", "DOWN", "gap", "UP", "DOWN", "gap", "UP");
      // It goes down only if the next subscription was dead, too, before the proxy was redirected.
      assertThat(publishing).startsWith(ConnectionState.CONNECTING, ConnectionState.UP);
    }
    Leftovers.assertNone(redis);
    Leftovers.assertNone(elsewhere);
  }

  /** As after a failover: the old Redis still has its subscribers, and gets no more messages. */
  @Test
  void subscriptionAtAnotherRedisThanPublishingIsDetectedWithinTwoProbeIntervals()
      throws Exception {
    try (RedisFanout node = start(INTERVAL)) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);
      // Right after a probe: until the next one there are only heartbeats, which prove nothing.
      long probes = RedisStatistics.calls(redis, "publish");
      await()
          .pollInterval(Duration.ofMillis(2))
          .atMost(LIMIT)
          .until(() -> RedisStatistics.calls(redis, "publish") > probes);
      long deadSince = System.nanoTime();
      Instant lostAt = Instant.now();
      proxy.redirect(elsewhere.port());
      redis.command("CLIENT", "KILL", "TYPE", "normal");

      await().pollInterval(Duration.ofMillis(2)).atMost(LIMIT).until(() -> events.contains("DOWN"));
      Duration detected = Duration.ofNanos(System.nanoTime() - deadSince);

      assertThat(detected).isLessThanOrEqualTo(INTERVAL.multipliedBy(2));
      await().atMost(LIMIT).until(() -> node.health().status() == FanoutHealth.Status.UP);
      node.publisher().publishAndWait(List.of("alice"), "received", LIMIT);
      alice.awaitText("\"received\"");
      await().atMost(LIMIT).until(() -> !gaps.isEmpty()); // is reported a moment later
      assertThat(gaps.get(0).cause()).isEqualTo(Gap.Cause.DEAD_SUBSCRIPTION);
      assertThat(gaps.get(0).from()).isBefore(lostAt);
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () -> assertThat(events).startsWith("CONNECTING", "UP", "DOWN", "gap", "UP"));
    }
    Leftovers.assertNone(redis);
    Leftovers.assertNone(elsewhere);
  }

  /** Waits three times as long as the detection takes with probes. */
  @Test
  @Tag("full")
  void withoutProbesDeadSubscriptionIsNotDetected() throws Exception {
    try (RedisFanout node = start(Duration.ZERO)) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);

      moveReceiving();
      publishThere("lost");
      long heartbeats = heartbeats();
      await().atMost(LIMIT).until(() -> heartbeats() >= heartbeats + 2);

      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.UP);
      assertThat(gaps)
          .extracting(Gap::cause)
          .doesNotContain(Gap.Cause.DEAD_SUBSCRIPTION)
          .startsWith(Gap.Cause.CONNECTION_LOST);
      assertThat(alice.texts()).containsOnly("\"resync\"");
    }
  }

  private static long heartbeats() {
    return RedisStatistics.calls(elsewhere, "subscribe");
  }

  /** The first one may have been an accident; then it is the publishing one that is wrong. */
  @Test
  void afterTwoDeadSubscriptionsThePublishingConnectionIsOpenedAgainAndBothMeet() throws Exception {
    try (RedisFanout node = start(INTERVAL)) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);

      moveReceiving(); // every new connection leads there

      await().atMost(LIMIT).until(() -> node.counters().reconnects() == 2);
      await().atMost(LIMIT).until(() -> node.health().status() == FanoutHealth.Status.UP);
      node.publisher().publishAndWait(List.of("alice"), "received", LIMIT);
      alice.awaitText("\"received\"");
      await().atMost(LIMIT).until(() -> Leftovers.connections(redis).isEmpty());
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () ->
                  assertThat(events)
                      .startsWith("CONNECTING", "UP", "DOWN", "gap", "UP", "DOWN", "gap", "UP"));
      assertThat(gaps).extracting(Gap::cause).contains(Gap.Cause.DEAD_SUBSCRIPTION);
    }
  }

  /** It receives what its master publishes, a moment later than the heartbeat is answered. */
  @Test
  @Tag("full")
  void subscriptionWhoseProbesAreOnlyLateIsNotDead() throws Exception {
    String[] user = {"ACL", "SETUSER", "app", "on", ">secret", "+@all", "-role", "~*", "&*"};
    redis.command(user);
    elsewhere.command(user);
    elsewhere.replicaOf(redis);
    // A replica on a busy machine may be later than half of the usual interval.
    Duration interval = Duration.ofSeconds(2);
    try (RedisFanout node =
        builder("redis://app:secret@127.0.0.1:" + proxy.port(), interval).start()) {
      assertThat(node.awaitReady(LIMIT)).isTrue();
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);

      moveReceiving(); // the role of the replica is not known

      await().atMost(LIMIT).until(() -> node.counters().reconnects() == 1);
      long probes = RedisStatistics.calls(redis, "publish");
      await().atMost(LIMIT).until(() -> RedisStatistics.calls(redis, "publish") >= probes + 4);
      node.publisher().publishAndWait(List.of("alice"), "received", LIMIT);
      alice.awaitText("\"received\"");
      assertThat(node.counters().reconnects()).isOne();
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.UP);
    } finally {
      elsewhere.promote();
      redis.command("ACL", "DELUSER", "app");
      elsewhere.command("ACL", "DELUSER", "app");
    }
  }

  @Test
  void stalledSubscriptionIsDetectedByTheProbeBeforeTheReadTimeout() throws Exception {
    try (FaultProxy receiving = FaultProxy.to(redis.port());
        RedisFanout node = start(INTERVAL)) {
      // The next receiving connection goes through a second proxy, which is then stalled.
      proxy.redirect(receiving.port());
      redis.command("CLIENT", "KILL", "TYPE", "pubsub");
      await().atMost(LIMIT).until(() -> gaps.size() == 1 && receiving.connections() == 1);
      await().atMost(LIMIT).until(() -> node.health().status() == FanoutHealth.Status.UP);

      receiving.stall(FaultProxy.Direction.SERVER_TO_CLIENT);
      await().atMost(LIMIT).until(() -> events.lastIndexOf("DOWN") > 2);
      receiving.resume();

      await().atMost(LIMIT).until(() -> gaps.size() == 2);
      assertThat(gaps.get(1).cause()).isEqualTo(Gap.Cause.DEAD_SUBSCRIPTION);
      await().atMost(LIMIT).until(() -> node.health().status() == FanoutHealth.Status.UP);
    }
  }

  @Test
  void brokenPublishingIsReportedAndReceivingIsLeftAlone() throws Exception {
    redis.command("ACL", "SETUSER", "reader", "on", ">secret", "+@all", "-publish", "allchannels");
    String uri = "redis://reader:secret@127.0.0.1:" + redis.port();
    try (RedisFanout node = builder(uri, INTERVAL).start()) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);
      await().atMost(LIMIT).until(() -> node.health().reason().contains("NOPERM"));
      long refused = RedisStatistics.rejected(redis, "publish");

      await().atMost(LIMIT).until(() -> RedisStatistics.rejected(redis, "publish") >= refused + 3);
      publishThere("received");

      alice.awaitText("\"received\"");
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DEGRADED);
      assertThat(node.health().reason()).startsWith("not publishing: Redis refuses to publish");
      assertThat(gaps).isEmpty();
      redis.command("ACL", "SETUSER", "reader", "+publish");
      await().atMost(LIMIT).until(() -> node.health().status() == FanoutHealth.Status.UP);
      await().atMost(LIMIT).until(() -> publishing.size() == 4); // reported a moment later
      assertThat(publishing)
          .containsExactly(
              ConnectionState.CONNECTING,
              ConnectionState.UP,
              ConnectionState.DOWN,
              ConnectionState.UP);
    }
  }

  @Test
  void probesAreNeitherDeliveredNorCounted() throws Exception {
    try (RedisFanout node = start(INTERVAL)) {
      long before = RedisStatistics.calls(redis, "publish");

      await().atMost(LIMIT).until(() -> RedisStatistics.calls(redis, "publish") >= before + 3);

      assertThat(node.counters().published()).isZero();
      assertThat(node.counters().received()).isZero();
      assertThat(node.health().roundTrip()).isPresent();
      CompletableFuture<Receipt> receipt = node.publisher().publish(List.of("alice"), "one");
      assertThat(receipt.get().nodes()).isOne();
    }
  }
}
