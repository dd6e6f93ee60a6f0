package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.faults.PublishLog.Entry;
import io.github.redisfanout.it.faults.PublishLog.Writer;
import io.github.redisfanout.testkit.RedisProcess;
import io.github.redisfanout.testkit.RedisSentinels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Replaces a living master {@code -Dfailovers} times (20) under 5,000 messages a second, and prints
 * how long delivery takes to go on, and what the old master takes 100 ms after the switch.
 */
@Tag("full")
class FailoverTimesTest {
  @RegisterExtension
  static final RedisSentinels redis =
      RedisSentinels.start("--min-replicas-to-write", "1", "--min-replicas-max-lag", "2");

  private static final int FAILOVERS = Integer.getInteger("failovers", 20);

  @Test
  void deliveryGoesOnSoonAndTheOldMasterTakesNothingMore() throws Exception {
    RedisConfig config = RedisConfig.defaults();
    List<Long> millis = new ArrayList<>();
    long taken = 0;
    try (FaultRig rig = new FaultRig(redis.servers().get(0), config)) {
      List<CheckedNode> nodes = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        nodes.add(rig.startNode(RedisEndpoint.of(redis.uri())));
      }
      for (int i = 0; i < 5; i++) {
        rig.load(rig.write(nodes.get(i % 3).fanout.publisher()));
      }
      Writer writer = rig.write(RedisEndpoint.of(redis.uri()));
      for (int i = 0; i < FAILOVERS; i++) {
        redis.awaitAgreement();
        RedisProcess old = redis.master();
        redis.failover();
        long named = System.nanoTime();
        millis.add(untilReceivedByAll(writer, nodes, named));
        long left = TimeUnit.MILLISECONDS.toNanos(100) - (System.nanoTime() - named);
        LockSupport.parkNanos(left);
        // Not by the number of PUBLISHes: the sentinels send some, too.
        try (PlainSubscriber subscriber = new PlainSubscriber(old)) {
          FaultRig.within(FaultRig.LIMIT)
              .until(() -> System.nanoTime() - named > TimeUnit.SECONDS.toNanos(2));
          taken += subscriber.texts().size();
        }
      }
      rig.settle();
    }
    Collections.sort(millis);
    System.out.printf(
        "failovers=%d, ms until delivery goes on: median=%d max=%d, taken by old masters=%d%n",
        FAILOVERS, millis.get(millis.size() / 2), millis.get(millis.size() - 1), taken);
    assertThat(taken).as("100 ms after the switch").isZero();
    assertThat(millis).allMatch(each -> each < Duration.ofSeconds(10).toMillis());
  }

  private static long untilReceivedByAll(Writer writer, List<CheckedNode> nodes, long since) {
    List<Entry> published = new ArrayList<>();
    FaultRig.within(FaultRig.LIMIT)
        .until(
            () -> {
              published.add(writer.publish());
              return published.stream()
                  .anyMatch(entry -> nodes.stream().allMatch(node -> node.hasReceived(entry)));
            });
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
  }
}
