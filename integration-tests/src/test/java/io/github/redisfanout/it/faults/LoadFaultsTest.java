package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.checker.Outcome;
import io.github.redisfanout.it.faults.PublishLog.Entry;
import io.github.redisfanout.it.faults.PublishLog.Writer;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Faults that come again and again, or last, while much is published; nobody helps. */
@Timeout(180)
class LoadFaultsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final int ROUNDS = 10;

  @Test
  void everyKilledSubscriptionIsOneGapAndCostsNoPublish() throws Exception {
    try (FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      Ear first = rig.hear(FaultRig.at(redis.port()));
      Ear second = rig.hear(FaultRig.at(redis.port()));
      rig.load(rig.write(first.node.publisher()));
      rig.load(rig.write(FaultRig.at(redis.port())));

      Instant[] killedAt = new Instant[ROUNDS];
      for (int i = 0; i < ROUNDS; i++) {
        killedAt[i] = Instant.now();
        assertThat(redis.command("CLIENT", "KILL", "TYPE", "pubsub")).isEqualTo("2");
        first.awaitLosses(i + 1);
        second.awaitLosses(i + 1);
      }
      rig.settle();

      for (Ear ear : List.of(first, second)) {
        ear.assertLost(ROUNDS);
        for (int i = 0; i < ROUNDS; i++) {
          Ear.assertSpans(ear.gaps().get(i), killedAt[i], killedAt[i]);
        }
      }
      assertThat(rig.log.outcomes()).containsOnly(Outcome.PUBLISHED);
    }
  }

  @Test
  void killedPublishingConnectionsCostWhatWasUnderWayAndNobodyIsDeaf() throws Exception {
    try (FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      Ear ear = rig.hear(FaultRig.at(redis.port()));
      rig.load(rig.write(ear.node.publisher()));
      rig.load(rig.write(FaultRig.at(redis.port())));

      for (int i = 0; i < ROUNDS; i++) {
        assertThat(redis.command("CLIENT", "KILL", "TYPE", "normal")).isEqualTo("2");
        FaultRig.within(FaultRig.LIMIT).until(() -> publishingConnections() == 2);
      }
      rig.settle();

      ear.assertLost(0);
      assertThat(rig.log.outcomes()).isSubsetOf(Outcome.PUBLISHED, Outcome.UNKNOWN);
      assertThat(rig.log.missed(ear)).isEmpty();
    }
  }

  private static long publishingConnections() {
    return Leftovers.connections(redis).stream()
        .filter(line -> line.contains("name=redis-fanout-publish"))
        .count();
  }

  @Test
  void interruptedThreadsGoOn() throws Exception {
    try (FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      Ear ear = rig.hear(FaultRig.at(redis.port()));
      rig.load(rig.write(ear.node.publisher()));
      Map<String, Thread> before = lastingThreads();

      for (int i = 0; i < ROUNDS; i++) {
        Leftovers.threads().forEach(Thread::interrupt);
        long published = ear.node.counters().published();
        long heard = ear.node.counters().delivered();
        FaultRig.within(FaultRig.LIMIT)
            .until(() -> ear.node.counters().published() > published + 10);
        FaultRig.within(FaultRig.LIMIT).until(() -> ear.node.counters().delivered() > heard + 10);
      }
      assertThat(lastingThreads()).isEqualTo(before);
      rig.settle();

      // An interrupt may cost the receiving connection, and then that is told.
      ear.assertLost(ear.gaps().size());
      assertThat(rig.log.outcomes()).isSubsetOf(Outcome.PUBLISHED, Outcome.UNKNOWN);
    }
  }

  /** The threads that a node has for life: those of pools come and go. */
  private static Map<String, Thread> lastingThreads() {
    return Leftovers.threads().stream()
        .filter(thread -> !thread.getName().matches(".*(callback|listener|closer|ping).*"))
        .collect(Collectors.toMap(Thread::getName, Function.identity()));
  }

  @Test
  void outageUnderLoadKeepsTheBoundsAndLosesNothingAfterwards() throws Exception {
    outageUnderLoad(Duration.ofSeconds(1), 0);
  }

  @Test
  @Tag("full")
  void outageUnderLoadOfLongMessagesKeepsTheBoundsToo() throws Exception {
    outageUnderLoad(Duration.ofSeconds(1), 1_000);
  }

  @Test
  @Tag("full")
  void minuteWithoutRedisUnderLoadKeepsTheBoundsAndLosesNothingAfterwards() throws Exception {
    outageUnderLoad(Duration.ofMinutes(1), 0);
  }

  /** Few of the longer messages are too much, and many of the others are too many. */
  private static void outageUnderLoad(Duration away, int padding) throws Exception {
    int maxMessages = 300;
    int maxBytes = 100_000;
    Duration publishTimeout = Duration.ofMillis(500);
    FanoutConfig small =
        FaultRig.withBackplane(
            FaultRig.promptBackplane()
                .publishBufferMessages(maxMessages)
                .publishBufferBytes(maxBytes)
                .publishTimeout(publishTimeout));
    try (FaultProxy net = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, small)) {
      Ear witness = rig.hear(FaultRig.at(redis.port()));
      Ear ear = rig.hear(FaultRig.at(net.port()));
      Writer last = rig.write(ear.node.publisher());
      for (int i = 0; i < 4; i++) {
        rig.load(rig.write(ear.node.publisher()), padding);
      }
      BufferWatch watch = new BufferWatch(ear.node);

      redis.kill();
      net.refuse();
      Instant killedAt = Instant.now();
      FaultRig.within(away.plus(FaultRig.LIMIT))
          .until(() -> !Instant.now().isBefore(killedAt.plus(away)));
      FaultRig.within(FaultRig.LIMIT).until(() -> rig.log.count(Outcome.REJECTED) >= 200);
      FaultRig.within(FaultRig.LIMIT).until(() -> rig.log.count(Outcome.EXPIRED) >= 200);
      redis.restart();
      witness.awaitLosses(1);
      Instant witnessedSince = Instant.now(); // and nothing has gone out yet
      net.accept();
      ear.awaitLosses(1);
      FaultRig.within(FaultRig.LIMIT).until(() -> hasRecovered(ear.node.health()));
      rig.stopLoads();
      List<Entry> after = IntStream.range(0, 50).mapToObj(i -> last.publish()).toList();
      rig.settle();
      watch.stop();

      witness.assertLost(1);
      ear.assertLost(1);
      assertThat(ear.gaps().get(0).from()).isBeforeOrEqualTo(killedAt);
      assertThat(watch.mostMessages).hasValueLessThanOrEqualTo(maxMessages);
      assertThat(watch.mostBytes).hasValueLessThanOrEqualTo(maxBytes);
      if (padding == 0) {
        assertThat(watch.mostMessages).hasValueGreaterThan(maxMessages * 9 / 10);
      } else {
        assertThat(watch.mostBytes).hasValueGreaterThan(maxBytes * 9 / 10);
      }
      assertThat(rig.log.worstCall()).isLessThan(Duration.ofSeconds(1));
      assertCounted(ear.node.counters(), rig.log);
      assertThat(after).allSatisfy(e -> assertThat(e.outcome()).isEqualTo(Outcome.PUBLISHED));
      assertThat(rig.log.entries(Outcome.EXPIRED))
          .as("what waits is given up when its time is over, and not before")
          .noneMatch(e -> e.settled().at().isBefore(e.before().plus(publishTimeout)));
      assertThat(rig.log.missed(witness))
          .as("what goes out is heard")
          .noneMatch(e -> isAfter(e, witnessedSince));
    }
  }

  private static boolean isAfter(Entry entry, Instant instant) {
    return entry.settled().at().isAfter(instant);
  }

  /** It publishes and hears, and what had gathered is gone. */
  private static boolean hasRecovered(FanoutHealth health) {
    return health.status() == FanoutHealth.Status.UP && health.bufferedMessages() < 10;
  }

  /** The node counts what its callers were told, each once. */
  private static void assertCounted(FanoutCounters counters, PublishLog log) {
    assertThat(counters.published()).isEqualTo(log.count(Outcome.PUBLISHED));
    assertThat(counters.publishRejected()).isEqualTo(log.count(Outcome.REJECTED));
    assertThat(counters.publishExpired()).isEqualTo(log.count(Outcome.EXPIRED));
    assertThat(counters.publishUnknown()).isEqualTo(log.count(Outcome.UNKNOWN));
  }

  /** Looks at the publish buffer again and again. */
  private static final class BufferWatch {
    final AtomicInteger mostMessages = new AtomicInteger();
    final AtomicLong mostBytes = new AtomicLong();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Thread thread;

    BufferWatch(RedisFanout node) {
      thread =
          new Thread(
              () -> {
                while (!stopped.get()) {
                  FanoutHealth health = node.health();
                  mostMessages.accumulateAndGet(health.bufferedMessages(), Math::max);
                  mostBytes.accumulateAndGet(health.bufferedBytes(), Math::max);
                  LockSupport.parkNanos(100_000); // leaves the processor to those it watches
                }
              },
              "buffer-watch");
      thread.setDaemon(true);
      thread.start();
    }

    void stop() throws InterruptedException {
      stopped.set(true);
      thread.join();
    }
  }
}
