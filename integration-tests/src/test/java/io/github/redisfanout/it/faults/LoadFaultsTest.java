package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisConfig;
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

/** Repeated and long faults under load; the nodes recover by themselves. */
@Timeout(180)
class LoadFaultsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final int ROUNDS = 10;

  @Test
  void everyKilledSubscriptionIsOneGapAndCostsNoPublish() throws Exception {
    try (FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      CheckedNode first = rig.startNode(FaultRig.at(redis.port()));
      CheckedNode second = rig.startNode(FaultRig.at(redis.port()));
      rig.load(rig.write(first.fanout.publisher()));
      rig.load(rig.write(FaultRig.at(redis.port())));

      // Redis kills in between, and a probe may still come back until then.
      Instant[] before = new Instant[ROUNDS];
      Instant[] after = new Instant[ROUNDS];
      for (int i = 0; i < ROUNDS; i++) {
        before[i] = Instant.now();
        assertThat(redis.command("CLIENT", "KILL", "TYPE", "pubsub")).isEqualTo("2");
        after[i] = Instant.now();
        first.awaitGaps(i + 1);
        second.awaitGaps(i + 1);
      }
      rig.settle();

      for (CheckedNode node : List.of(first, second)) {
        node.assertLost(ROUNDS);
        for (int i = 0; i < ROUNDS; i++) {
          CheckedNode.assertSpans(node.gaps().get(i), after[i], before[i]);
        }
      }
      assertThat(rig.log.outcomes()).containsOnly(Outcome.PUBLISHED);
    }
  }

  @Test
  void killedPublishingConnectionsLoseNoReceivedMessage() throws Exception {
    try (FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      CheckedNode node = rig.startNode(FaultRig.at(redis.port()));
      rig.load(rig.write(node.fanout.publisher()));
      rig.load(rig.write(FaultRig.at(redis.port())));

      for (int i = 0; i < ROUNDS; i++) {
        // And the one of the directory, if it is open.
        assertThat(redis.command("CLIENT", "KILL", "TYPE", "normal")).isIn("2", "3");
        FaultRig.within(FaultRig.LIMIT).until(() -> publishingConnections() == 2);
      }
      rig.settle();

      node.assertLost(0);
      assertThat(rig.log.outcomes()).isSubsetOf(Outcome.PUBLISHED, Outcome.UNKNOWN);
      assertThat(rig.log.missed(node)).isEmpty();
    }
  }

  private static long publishingConnections() {
    return Leftovers.connections(redis).stream()
        .filter(line -> line.contains("name=redis-fanout-publish"))
        .count();
  }

  @Test
  void interruptedThreadsContinue() throws Exception {
    try (FaultRig rig = new FaultRig(redis, FaultRig.patient())) {
      CheckedNode node = rig.startNode(FaultRig.at(redis.port()));
      rig.load(rig.write(node.fanout.publisher()));
      Map<String, Thread> before = lastingThreads();

      for (int i = 0; i < ROUNDS; i++) {
        Leftovers.threads().forEach(Thread::interrupt);
        long published = node.fanout.counters().published();
        long delivered = node.fanout.counters().delivered();
        FaultRig.within(FaultRig.LIMIT)
            .until(() -> node.fanout.counters().published() > published + 10);
        FaultRig.within(FaultRig.LIMIT)
            .until(() -> node.fanout.counters().delivered() > delivered + 10);
      }
      assertThat(lastingThreads()).isEqualTo(before);
      rig.settle();

      // An interrupt may cost the receiving connection, and then that is reported.
      node.assertLost(node.gaps().size());
      assertThat(rig.log.outcomes()).isSubsetOf(Outcome.PUBLISHED, Outcome.UNKNOWN);
    }
  }

  /** The threads that a node has until it is closed: those of pools come and go. */
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
  void outageUnderLoadOfLongMessagesKeepsTheBounds() throws Exception {
    outageUnderLoad(Duration.ofSeconds(1), 1_000);
  }

  @Test
  @Tag("full")
  void minuteWithoutRedisUnderLoadKeepsTheBoundsAndLosesNothingAfterwards() throws Exception {
    outageUnderLoad(Duration.ofMinutes(1), 0);
  }

  /** With padding the limit for bytes is reached, without it the limit for messages. */
  private static void outageUnderLoad(Duration away, int padding) throws Exception {
    int maxMessages = 300;
    int maxBytes = 100_000;
    Duration publishTimeout = Duration.ofMillis(500);
    RedisConfig small =
        FaultRig.patientBuilder()
            .publishBufferMessages(maxMessages)
            .publishBufferBytes(maxBytes)
            .publishTimeout(publishTimeout)
            .build();
    try (FaultProxy net = FaultProxy.to(redis.port());
        FaultRig rig = new FaultRig(redis, small)) {
      CheckedNode witness = rig.startNode(FaultRig.at(redis.port()));
      CheckedNode node = rig.startNode(FaultRig.at(net.port()));
      Writer last = rig.write(node.fanout.publisher());
      for (int i = 0; i < 4; i++) {
        rig.load(rig.write(node.fanout.publisher()), padding);
      }
      BufferWatch watch = new BufferWatch(node.fanout);

      redis.kill();
      net.refuse();
      Instant killedAt = Instant.now();
      FaultRig.within(away.plus(FaultRig.LIMIT))
          .until(() -> !Instant.now().isBefore(killedAt.plus(away)));
      FaultRig.within(FaultRig.LIMIT).until(() -> rig.log.count(Outcome.REJECTED) >= 200);
      FaultRig.within(FaultRig.LIMIT).until(() -> rig.log.count(Outcome.EXPIRED) >= 200);
      redis.restart();
      witness.awaitGaps(1);
      Instant witnessUpAt = Instant.now(); // and nothing has been sent yet
      net.accept();
      node.awaitGaps(1);
      FaultRig.within(FaultRig.LIMIT).until(() -> hasRecovered(node.fanout.health()));
      rig.stopLoads();
      List<Entry> after = IntStream.range(0, 50).mapToObj(i -> last.publish()).toList();
      rig.settle();
      watch.stop();

      witness.assertLost(1);
      node.assertLost(1);
      assertThat(node.gaps().get(0).from()).isBeforeOrEqualTo(killedAt);
      assertThat(watch.mostMessages).hasValueLessThanOrEqualTo(maxMessages);
      assertThat(watch.mostBytes).hasValueLessThanOrEqualTo(maxBytes);
      if (padding == 0) {
        assertThat(watch.mostMessages).hasValueGreaterThan(maxMessages * 9 / 10);
      } else {
        assertThat(watch.mostBytes).hasValueGreaterThan(maxBytes * 9 / 10);
      }
      assertThat(rig.log.worstCall()).isLessThan(Duration.ofSeconds(1));
      assertCounted(node.fanout.counters(), rig.log);
      assertThat(after).allSatisfy(e -> assertThat(e.outcome()).isEqualTo(Outcome.PUBLISHED));
      assertThat(rig.log.entries(Outcome.EXPIRED))
          .as("what waits expires after the publish timeout, and not before")
          .noneMatch(e -> e.settled().at().isBefore(e.before().plus(publishTimeout)));
      assertThat(rig.log.missed(witness))
          .as("what is sent is received")
          .noneMatch(e -> isAfter(e, witnessUpAt));
    }
  }

  private static boolean isAfter(Entry entry, Instant instant) {
    return entry.settled().at().isAfter(instant);
  }

  /** It publishes and receives, and the buffer is empty again. */
  private static boolean hasRecovered(FanoutHealth health) {
    return health.status() == FanoutHealth.Status.UP && health.bufferedMessages() < 10;
  }

  /** The node counts each outcome that its callers saw, once. */
  private static void assertCounted(FanoutCounters counters, PublishLog log) {
    assertThat(counters.published()).isEqualTo(log.count(Outcome.PUBLISHED));
    assertThat(counters.publishRejected()).isEqualTo(log.count(Outcome.REJECTED));
    assertThat(counters.publishExpired()).isEqualTo(log.count(Outcome.EXPIRED));
    assertThat(counters.publishUnknown()).isEqualTo(log.count(Outcome.UNKNOWN));
  }

  /** Watches the publish buffer. */
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
                  LockSupport.parkNanos(100_000); // leaves the processor to the node
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
