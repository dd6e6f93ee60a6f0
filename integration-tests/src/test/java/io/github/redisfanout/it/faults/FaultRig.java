package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.it.checker.Outcome;
import io.github.redisfanout.it.faults.PublishLog.Entry;
import io.github.redisfanout.it.faults.PublishLog.Writer;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.core.ConditionFactory;
import org.awaitility.core.ConditionTimeoutException;
import redis.clients.jedis.DefaultJedisClientConfig;

/** Nodes on one Redis that is about to fail; closed together. */
final class FaultRig implements AutoCloseable {
  static final Duration LIMIT = Duration.ofSeconds(30);

  /** No session's queue is ever full. */
  private static final FanoutConfig CONFIG =
      FanoutConfig.builder(Nodes.CHANNEL)
          .sessionQueueMessages(1 << 20)
          .sessionQueueBytes(64 << 20)
          .build();

  private final RedisProcess redis;
  private final RedisConfig config;
  private final List<CheckedNode> nodes = new ArrayList<>();
  private final List<Writer> writers = new ArrayList<>();
  private final List<RedisFanout> publishing = new ArrayList<>();
  private final List<Load> loads = new ArrayList<>();

  final PublishLog log = new PublishLog();

  /** {@code config} is that of all nodes, unless another one is given. */
  FaultRig(RedisProcess redis, RedisConfig config) {
    this.redis = redis;
    this.config = config;
  }

  /** Finds out soon when Redis is silent: for faults that show in no other way. */
  static RedisConfig quick() {
    return RedisConfig.builder().readTimeout(Duration.ofSeconds(1)).build();
  }

  /** Takes no busy machine for a silent Redis: for faults that break a connection. */
  static RedisConfig patient() {
    return patientBuilder().build();
  }

  static RedisConfig.Builder patientBuilder() {
    return RedisConfig.builder().readTimeout(Duration.ofSeconds(6)); // a heartbeat every 2 s
  }

  /** An endpoint where a greeting that is not answered is given up soon. */
  static RedisEndpoint at(int port) {
    return RedisEndpoint.withJedis(
        "127.0.0.1",
        port,
        DefaultJedisClientConfig.builder()
            .connectionTimeoutMillis(500)
            .socketTimeoutMillis(500)
            .build());
  }

  static ConditionFactory within(Duration limit) {
    return await().atMost(limit).pollInterval(Duration.ofMillis(5));
  }

  /** A node that is up, with a session. */
  CheckedNode startNode(RedisEndpoint endpoint) throws InterruptedException {
    CheckedNode node = new CheckedNode(endpoint, CONFIG, config, log.checker, nodes.size());
    nodes.add(node);
    return node;
  }

  /** A stream of messages through a node that only publishes. */
  Writer write(RedisEndpoint endpoint) {
    return write(endpoint, config);
  }

  /** A stream of messages through a node that only publishes, with another configuration. */
  Writer write(RedisEndpoint endpoint, RedisConfig config) {
    RedisFanout node = RedisFanout.builder(endpoint, CONFIG).redis(config).publishOnly().start();
    publishing.add(node);
    return write(node.publisher());
  }

  /** A stream of messages through a publisher whose connection is up. */
  Writer write(Publisher publisher) {
    Writer writer = log.writer(publisher);
    writers.add(writer);
    within(LIMIT).until(() -> writer.publish().outcome() == Outcome.PUBLISHED);
    return writer;
  }

  /** Publishes a message about every millisecond until the rig is settled or closed. */
  Load load(Writer writer, int padding) {
    Load load = new Load(writer, padding);
    loads.add(load);
    load.thread.start();
    return load;
  }

  Load load(Writer writer) {
    return load(writer, 0);
  }

  void stopLoads() {
    loads.forEach(Load::stop);
  }

  /** A thread that publishes and never waits for an outcome. */
  static final class Load {
    private final Thread thread;
    private volatile boolean stopped;

    private Load(Writer writer, int padding) {
      thread =
          new Thread(
              () -> {
                while (!stopped) {
                  writer.publish(padding);
                  LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
                }
              },
              "load");
      thread.setDaemon(true);
    }

    void stop() {
      stopped = true;
      try {
        thread.join(LIMIT.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      assertThat(thread.isAlive()).as("publishing blocks").isFalse();
    }
  }

  /**
   * Waits until every node receives every stream again, without help. Then closes everything, which
   * leaves nothing behind, and checks that every loss was reported.
   */
  void settle() {
    stopLoads();
    for (Writer writer : writers) {
      within(LIMIT).until(() -> isReceivedByAll(writer.publish()));
    }
    within(LIMIT).until(log::areSettled);
    close();
    Leftovers.assertNone(redis);
    log.assertAllIsExplained();
  }

  private boolean isReceivedByAll(Entry message) {
    if (message.outcome() != Outcome.PUBLISHED) {
      return false;
    }
    try {
      within(Duration.ofMillis(500))
          .until(() -> nodes.stream().allMatch(node -> node.hasReceived(message)));
      return true;
    } catch (ConditionTimeoutException e) {
      return false;
    }
  }

  @Override
  public void close() {
    stopLoads();
    publishing.forEach(RedisFanout::close);
    nodes.forEach(CheckedNode::close);
  }
}
