package io.github.redisfanout.benchmarks.registered;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.benchmarks.CountingTransport;
import io.github.redisfanout.benchmarks.NodeThreads;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A node with one session for each of its users. Not thread-safe. */
final class Node implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** So many deliveries may be under way: far less than lanes and sessions take. */
  private static final int UNDER_WAY = 5_000;

  private final CountingTransport transport = new CountingTransport();
  private final RedisFanout fanout;
  private final NodeThreads threads;
  private long expected;

  /** What one delivery took in a round, in ns. */
  record Cost(double wallNanos, double cpuNanos) {}

  Node(String redisUri, String channel, Duration pingInterval, List<String> userIds)
      throws InterruptedException {
    FanoutConfig config =
        FanoutConfig.builder()
            .channel(channel)
            .pingInterval(pingInterval)
            .silenceLimit(pingInterval.multipliedBy(2))
            .build();
    NodeThreads.Started<RedisFanout> started =
        NodeThreads.startedBy(() -> RedisFanout.connect(redisUri, config));
    fanout = started.made();
    threads = started.threads();
    if (!fanout.awaitReady(LIMIT)) {
      throw new IllegalStateException("the node is not ready within " + LIMIT);
    }
    for (String userId : userIds) {
      fanout.open(userId, transport);
    }
  }

  /** Publishes so many messages, as fast as they are delivered. */
  Cost round(List<List<String>> recipients, int messages, String json) {
    long before = expected;
    long cpu = deliveringCpuNanos();
    long start = System.nanoTime();
    for (int i = 0; i < messages; i++) {
      List<String> userIds = recipients.get(i % recipients.size());
      expected += userIds.size();
      // The futures are of no interest: what is lost is missing in the end.
      fanout.publisher().publishJson(userIds, json);
      while (expected - transport.written() > UNDER_WAY) {
        LockSupport.parkNanos(20_000);
      }
    }
    transport.awaitWritten(expected, LIMIT);
    double deliveries = expected - before;
    return new Cost(
        (System.nanoTime() - start) / deliveries, (deliveringCpuNanos() - cpu) / deliveries);
  }

  /** The threads that read, decode, look up and write: all that a message costs but publishing. */
  private long deliveringCpuNanos() {
    return threads.cpuNanos("redis-fanout-receive", "redis-fanout-lane-");
  }

  /** The thread that looks after every session each second. */
  long timerCpuNanos() {
    return threads.cpuNanos("redis-fanout-timer");
  }

  /** Whether everybody got what was published and nobody left. */
  boolean isWhole(int sessions) {
    return fanout.counters().sessions() == sessions && transport.written() == expected;
  }

  @Override
  public void close() {
    fanout.close();
  }
}
