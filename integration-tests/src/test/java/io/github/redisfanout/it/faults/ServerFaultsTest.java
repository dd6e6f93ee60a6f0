package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.Subscriber.State;
import io.github.redisfanout.backplane.BackplaneConfig;
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

/** Redis itself dies, sleeps, is busy or throws a subscriber out; nobody helps. */
@Timeout(120)
class ServerFaultsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  /** What is promised of the default configuration. */
  private static final Duration HEARD_AGAIN = Duration.ofSeconds(5);

  @Test
  void killedRedisIsHeardWithinFiveSecondsOfItsNextStart() throws Exception {
    killAndRestart(Duration.ZERO);
  }

  @Test
  @Tag("full")
  void redisThatWasAwayForLongIsHeardWithinFiveSecondsOfItsNextStart() throws Exception {
    // By then the pauses between two attempts are as long as they get.
    killAndRestart(Duration.ofSeconds(15));
  }

  private static void killAndRestart(Duration away) throws Exception {
    FanoutConfig defaults = FaultRig.withBackplane(BackplaneConfig.builder());
    try (FaultRig rig = new FaultRig(redis, defaults)) {
      Ear ear = rig.hear(RedisEndpoint.of(redis.uri()));
      Writer writer = rig.write(ear.node.publisher());
      FaultRig.Load load = rig.load(writer);

      Instant killedAt = Instant.now();
      redis.kill();
      ear.awaitState(State.RECONNECTING);
      FaultRig.within(FaultRig.LIMIT)
          .until(() -> ear.node.health().reason().contains("Connection refused"));
      load.stop(); // what waits now is published, or expires if Redis stays away for long
      FaultRig.within(away.plus(FaultRig.LIMIT)).until(() -> hasPassed(away, killedAt));
      Entry waiting = writer.publish();
      Instant restartedAt = Instant.now();
      redis.restart();
      Instant answersAt = Instant.now();
      ear.awaitLosses(1);
      Instant heardAt = Instant.now();
      rig.settle();

      assertThat(Duration.between(answersAt, heardAt)).isLessThan(HEARD_AGAIN);
      ear.assertLost(1);
      // The default heartbeat comes so seldom that the last one may be the first.
      assertThat(ear.gaps().get(0).from()).isBeforeOrEqualTo(killedAt);
      assertThat(ear.gaps().get(0).until()).isBetween(restartedAt, heardAt);
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
  void sleepingRedisIsFoundByTheReadTimeoutAndHeardOnceItWakes() throws Exception {
    FanoutConfig config =
        FaultRig.withBackplane(
            FaultRig.promptBackplane()
                .readTimeout(Duration.ofSeconds(1))
                .probeInterval(Duration.ofMillis(100)));
    try (FaultRig rig = new FaultRig(redis, config)) {
      Ear ear = rig.hear(FaultRig.at(redis.port()));
      Writer writer = rig.write(FaultRig.at(redis.port()));

      Instant aliveAt = Instant.now();
      awaitProbes(3);
      Instant asleepAt = Instant.now();
      redis.pause();
      Entry unanswered = writer.publish();
      ear.awaitState(State.RECONNECTING);
      assertThat(unanswered.outcome()).isEqualTo(Outcome.UNKNOWN);
      Entry waiting = writer.publish();
      Instant awakeAt = Instant.now();
      redis.resume();
      ear.awaitLosses(1);
      assertThat(waiting.outcome()).isEqualTo(Outcome.PUBLISHED);
      rig.settle();

      ear.assertLost(1);
      Ear.assertSpans(ear.gaps().get(0), asleepAt, awakeAt);
      assertThat(ear.gaps().get(0).from()).as("the last sign of life").isAfter(aliveAt);
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
  void clientPauseThatIsLongerThanTheReadTimeoutIsToldOf() throws Exception {
    Duration pause = Duration.ofMillis(1_500);
    try (FaultRig rig = new FaultRig(redis, FaultRig.quick())) {
      Ear ear = rig.hear(FaultRig.at(redis.port()));
      rig.load(rig.write(FaultRig.at(redis.port())));

      Instant pausedAt = Instant.now();
      redis.command("CLIENT", "PAUSE", "" + pause.toMillis(), "ALL");
      ear.awaitState(State.RECONNECTING);
      ear.awaitLosses(1);
      rig.settle();

      ear.assertLost(1);
      Ear.assertSpans(ear.gaps().get(0), pausedAt, pausedAt.plus(pause));
      assertThat(rig.log.outcomes()).containsOnly(Outcome.PUBLISHED, Outcome.UNKNOWN);
    }
  }

  @Test
  void publishesDuringALongScriptAreRejectedWithRedisOwnWord() throws Exception {
    try (FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      Ear ear = rig.hear(FaultRig.at(redis.port()));
      rig.load(rig.write(FaultRig.at(redis.port())));

      Instant busyAt = Instant.now();
      Instant freeAt;
      try (BusyScript script = new BusyScript(redis)) {
        ear.awaitState(State.RECONNECTING);
        FaultRig.within(FaultRig.LIMIT).until(() -> rig.log.count(Outcome.REJECTED) >= 20);
        freeAt = Instant.now();
      }
      ear.awaitLosses(1);
      rig.settle();

      ear.assertLost(1);
      Ear.assertSpans(ear.gaps().get(0), busyAt, freeAt);
      assertThat(rig.log.outcomes()).containsOnly(Outcome.PUBLISHED, Outcome.REJECTED);
      assertThat(rig.log.entries(Outcome.REJECTED))
          .allSatisfy(
              entry -> assertThat(entry.settled().failure()).contains("BUSY Redis is busy"));
    }
  }

  @Test
  void subscriberThatRedisThrowsOutForReadingTooSlowlyIsToldWhatItMissed() throws Exception {
    redis.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 64kb 0 0");
    try (FaultProxy net = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      Ear ear = rig.hear(FaultRig.at(net.port()));
      FaultRig.Load load = rig.load(rig.write(FaultRig.at(redis.port())), 20_000);

      net.stall(Direction.SERVER_TO_CLIENT);
      FaultRig.within(FaultRig.LIMIT).until(() -> subscribers() == 0);
      Instant thrownOutAt = Instant.now(); // what Redis had sent by then is still heard
      load.stop(); // or what it gathers at once is again too much at once
      Instant resumedAt = Instant.now();
      net.resume();
      ear.awaitLosses(1);
      rig.settle();

      ear.assertLost(1);
      Ear.assertSpans(ear.gaps().get(0), thrownOutAt, resumedAt);
      assertThat(rig.log.missed(ear)).isNotEmpty();
      assertThat(rig.log.outcomes()).containsOnly(Outcome.PUBLISHED);
    } finally {
      redis.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 32mb 8mb 60");
    }
  }

  private static long subscribers() {
    return redis.command("CLIENT", "LIST", "TYPE", "pubsub").lines().count();
  }
}
