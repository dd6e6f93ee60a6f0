package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.PublishException;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.BackplaneEvent;
import io.github.redisfanout.backplane.BackplaneEvent.Kind;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.redis.Fencing;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.it.checker.Outcome;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nothing is published to a replica, and none is believed. */
class RoleTest {
  @RegisterExtension static final RedisProcess master = RedisProcess.start();
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final List<String> ALICE = List.of("alice");

  private final RecordingTransport alice = new RecordingTransport();
  private final List<BackplaneEvent> events = new CopyOnWriteArrayList<>();

  @BeforeEach
  @AfterEach
  void promote() {
    redis.promote();
    Leftovers.assertNone(redis);
  }

  private RedisFanout start(String uri) {
    RedisFanout node =
        RedisFanout.builder(RedisEndpoint.of(uri), FanoutConfig.of(Nodes.CHANNEL))
            .redis(
                RedisConfig.builder()
                    .publishTimeout(LIMIT)
                    .probeInterval(Duration.ofMillis(300))
                    .build())
            .listener(
                new FanoutListener() {
                  @Override
                  public void onBackplaneEvent(BackplaneEvent event) {
                    events.add(event);
                  }
                })
            .start();
    node.open("alice", alice);
    return node;
  }

  private static void awaitReason(RedisFanout node, String words) {
    FaultRig.within(LIMIT).until(() -> node.health().reason().contains(words));
  }

  private String replica() {
    return "Redis at 127.0.0.1:%d is a replica of 127.0.0.1:%d; nothing is published to a replica"
        .formatted(redis.port(), master.port());
  }

  @Test
  void replicaIsNotUsedUntilItIsPromoted() throws Exception {
    redis.replicaOf(master);
    try (RedisFanout node = start(redis.uri())) {
      awaitReason(node, replica());
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DOWN);
      PublishException refused =
          Assertions.catchThrowableOfType(
              PublishException.class,
              () -> node.publisher().publishAndWait(ALICE, "no", Duration.ofMillis(50)));
      assertThat(refused.failure()).isEqualTo(PublishFailure.EXPIRED);
      assertThat(node.counters().backplaneEvents().get(Kind.WRONG_ROLE)).isPositive();
      assertThat(events).extracting(BackplaneEvent::kind).contains(Kind.WRONG_ROLE);
      assertThat(events).extracting(BackplaneEvent::description).contains(replica());

      redis.promote();

      assertThat(node.awaitReady(LIMIT)).isTrue();
      node.publisher().publishAndWait(ALICE, "yes", LIMIT);
      alice.awaitText("\"yes\"");
      assertThat(alice.texts()).containsExactly("\"yes\"");
    }
  }

  /** Nothing is published, so only the probe can find out. */
  @Test
  void idleNodeLeavesAMasterThatBecomesAReplica() throws Exception {
    try (RedisFanout node = start(redis.uri())) {
      assertThat(node.awaitReady(LIMIT)).isTrue();

      redis.replicaOf(master);

      awaitReason(node, replica());
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DOWN);
      redis.promote();
      assertThat(node.awaitReady(LIMIT)).isTrue();
      FaultRig.within(LIMIT).until(() -> node.counters().gaps() >= 1);
    }
  }

  /** It has no probe, is never idle, and no fence tells it. */
  @Test
  void busyNodeThatOnlyPublishesLeavesAMasterThatBecomesAReplica() {
    RedisConfig config =
        RedisConfig.builder()
            .fencing(Fencing.OFF)
            .probeInterval(Duration.ofMillis(300))
            .publishTimeout(Duration.ofMillis(200))
            .build();
    try (FaultRig rig = new FaultRig(redis, config)) {
      rig.load(rig.write(RedisEndpoint.of(redis.uri())));

      redis.replicaOf(master);

      // Only what is not sent expires.
      FaultRig.within(LIMIT).until(() -> rig.log.count(Outcome.EXPIRED) > 0);
    }
  }

  @Test
  void withoutPermissionToAskEveryServerIsBelievedAndHealthSaysSo() throws Exception {
    redis.command("ACL", "SETUSER", "app", "reset", "on", ">s", "&*", "~*", "+@all", "-role");
    try (RedisFanout node = start("redis://app:s@127.0.0.1:" + redis.port())) {
      assertThat(node.awaitReady(LIMIT)).isTrue();

      assertThat(node.health().notes())
          .singleElement()
          .asString()
          .startsWith("the server's role is not known: ROLE: NOPERM");
      assertThat(node.health()).hasToString("UP");
    }
    redis.command("ACL", "DELUSER", "app");
  }

  @Test
  void receiptOfZeroIsAReasonToProbeAtOnce() throws Exception {
    RedisConfig rare = RedisConfig.builder().probeInterval(Duration.ofMinutes(2)).build();
    try (RedisFanout node =
        RedisFanout.builder(RedisEndpoint.of(redis.uri()), FanoutConfig.of(Nodes.CHANNEL))
            .redis(rare)
            .start()) {
      assertThat(node.awaitReady(LIMIT)).isTrue();
      FaultRig.within(LIMIT).until(() -> RedisStatistics.calls(redis, "publish") >= 1);
      redis.command("CONFIG", "RESETSTAT");

      // As if the subscription were at another server: Redis forgets it, the connection stays.
      redis.command("ACL", "SETUSER", "default", "resetchannels", "&" + Nodes.CHANNEL + ":probe:*");
      redis.command("ACL", "SETUSER", "default", "allchannels");
      node.publisher().publishAndWait(ALICE, "one", LIMIT);

      FaultRig.within(LIMIT).until(() -> RedisStatistics.calls(redis, "publish") >= 2);
      assertThat(node.awaitReady(LIMIT)).isTrue();
    }
  }
}
