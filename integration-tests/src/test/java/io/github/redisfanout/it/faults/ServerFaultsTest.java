package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.BackplaneEvent.Kind;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.checker.Outcome;
import io.github.redisfanout.it.faults.PublishLog.Entry;
import io.github.redisfanout.it.faults.PublishLog.Writer;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.FaultProxy.Direction;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Redis dies, hangs, is busy or disconnects a subscriber; the node recovers by itself. */
@Timeout(120)
class ServerFaultsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  /** Promised for the default configuration. */
  private static final Duration UP_AGAIN = Duration.ofSeconds(5);

  @Test
  void killedRedisIsReceivedWithinFiveSecondsOfItsNextStart() throws Exception {
    killAndRestart(Duration.ZERO);
  }

  @Test
  @Tag("full")
  void redisThatWasAwayForLongIsReceivedWithinFiveSecondsOfItsNextStart() throws Exception {
    // By then the pauses between two attempts are as long as they get.
    killAndRestart(Duration.ofSeconds(15));
  }

  private static void killAndRestart(Duration away) throws Exception {
    try (FaultRig rig = new FaultRig(redis, RedisConfig.defaults())) {
      CheckedNode node = rig.startNode(RedisEndpoint.of(redis.uri()));
      Writer writer = rig.write(node.fanout.publisher());
      FaultRig.Load load = rig.load(writer);

      Instant killedAt = Instant.now();
      redis.kill();
      node.awaitState(ConnectionState.DOWN);
      FaultRig.within(FaultRig.LIMIT)
          .until(() -> node.fanout.health().reason().contains("Connection refused"));
      load.stop(); // what waits now is published, or expires if Redis stays away for long
      FaultRig.within(away.plus(FaultRig.LIMIT)).until(() -> hasPassed(away, killedAt));
      Entry waiting = writer.publish();
      Instant restartedAt = Instant.now();
      redis.restart();
      Instant answersAt = Instant.now();
      node.awaitGaps(1);
      Instant upAt = Instant.now();
      rig.settle();

      assertThat(Duration.between(answersAt, upAt)).isLessThan(UP_AGAIN);
      node.assertLost(1);
      // The default heartbeat is so rare that the last one may be the first.
      assertThat(node.gaps().get(0).from()).isBeforeOrEqualTo(killedAt);
      assertThat(node.gaps().get(0).until()).isBetween(restartedAt, upAt);
      if (away.isZero()) {
        assertThat(waiting.outcome()).isEqualTo(Outcome.PUBLISHED);
        assertThat(rig.log.outcomes()).isSubsetOf(Outcome.PUBLISHED, Outcome.UNKNOWN);
      }
    }
  }

  private static boolean hasPassed(Duration duration, Instant since) {
    return !Instant.now().isBefore(since.plus(duration));
  }

  @Test
  void hangingRedisIsDetectedByTheReadTimeoutAndReceivedOnceItAnswers() throws Exception {
    RedisConfig config =
        RedisConfig.builder()
            .readTimeout(Duration.ofSeconds(1))
            .probeInterval(Duration.ofMillis(100))
            .build();
    try (FaultRig rig = new FaultRig(redis, config)) {
      CheckedNode node = rig.startNode(FaultRig.at(redis.port()));
      Writer writer = rig.write(FaultRig.at(redis.port()));

      Instant aliveAt = Instant.now();
      awaitProbes(3);
      redis.pause();
      Instant asleepAt = Instant.now();
      Entry unanswered = writer.publish();
      node.awaitState(ConnectionState.DOWN);
      assertThat(unanswered.outcome()).isEqualTo(Outcome.UNKNOWN);
      Entry waiting = writer.publish();
      Instant awakeAt = Instant.now();
      redis.resume();
      node.awaitGaps(1);
      assertThat(waiting.outcome()).isEqualTo(Outcome.PUBLISHED);
      rig.settle();

      node.assertLost(1);
      CheckedNode.assertSpans(node.gaps().get(0), asleepAt, awakeAt);
      assertThat(node.gaps().get(0).from()).as("the last sign of life").isAfter(aliveAt);
      assertThat(rig.log.entries(Outcome.UNKNOWN)).containsExactly(unanswered);
    } finally {
      redis.resume();
    }
  }

  private static void awaitProbes(int probes) {
    long before = RedisStatistics.calls(redis, "publish");
    FaultRig.within(FaultRig.LIMIT)
        .until(() -> RedisStatistics.calls(redis, "publish") >= before + probes);
  }

  @Test
  @Tag("full")
  void clientPauseThatIsLongerThanTheReadTimeoutIsReported() throws Exception {
    Duration pause = Duration.ofMillis(1_500);
    try (FaultRig rig = new FaultRig(redis, FaultRig.quick())) {
      CheckedNode node = rig.startNode(FaultRig.at(redis.port()));
      rig.load(rig.write(FaultRig.at(redis.port())));

      Instant before = Instant.now();
      redis.command("CLIENT", "PAUSE", "" + pause.toMillis(), "ALL");
      Instant pausedAt = Instant.now();
      node.awaitState(ConnectionState.DOWN);
      node.awaitGaps(1);
      rig.settle();

      node.assertLost(1);
      CheckedNode.assertSpans(node.gaps().get(0), pausedAt, before.plus(pause));
      assertThat(rig.log.outcomes()).containsOnly(Outcome.PUBLISHED, Outcome.UNKNOWN);
    }
  }

  @Test
  @Tag("full")
  void publishesDuringALongScriptWaitAndAreSentWhenItEnds() throws Exception {
    try (FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      CheckedNode node = rig.startNode(FaultRig.at(redis.port()));
      rig.load(rig.write(node.fanout.publisher()));

      Instant busyAt = Instant.now();
      Instant freeAt;
      try (BusyScript script = new BusyScript(redis)) {
        node.awaitState(ConnectionState.DOWN);
        FaultRig.within(FaultRig.LIMIT)
            .until(
                () ->
                    node.fanout.counters().backplaneEvents().getOrDefault(Kind.FENCE_REFUSED, 0L)
                        >= 3);
        freeAt = Instant.now();
      }
      node.awaitGaps(1);
      rig.settle();

      node.assertLost(1);
      CheckedNode.assertSpans(node.gaps().get(0), busyAt, freeAt);
      // EXPIRED on a machine that is so slow.
      assertThat(rig.log.outcomes()).isSubsetOf(Outcome.PUBLISHED, Outcome.EXPIRED);
    }
  }

  @Test
  void subscriberThatRedisDisconnectsForReadingTooSlowlyReportsWhatItMissed() throws Exception {
    redis.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 64kb 0 0");
    try (FaultProxy net = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      CheckedNode node = rig.startNode(FaultRig.at(net.port()));
      FaultRig.Load load = rig.load(rig.write(FaultRig.at(redis.port())), 20_000);

      net.stall(Direction.SERVER_TO_CLIENT);
      FaultRig.within(FaultRig.LIMIT).until(() -> subscribers() == 0);
      Instant disconnectedAt = Instant.now(); // what Redis had sent by then is still received
      load.stop(); // or the next buffer overflows at once, too
      Instant resumedAt = Instant.now();
      net.resume();
      node.awaitGaps(1);
      rig.settle();

      node.assertLost(1);
      CheckedNode.assertSpans(node.gaps().get(0), disconnectedAt, resumedAt);
      assertThat(rig.log.missed(node)).isNotEmpty();
      assertThat(rig.log.outcomes()).containsOnly(Outcome.PUBLISHED);
    } finally {
      redis.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 32mb 8mb 60");
    }
  }

  private static long subscribers() {
    return redis.command("CLIENT", "LIST", "TYPE", "pubsub").lines().count();
  }
}
