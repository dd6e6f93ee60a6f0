package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
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

/** Nodes and publishers on one Redis that is about to fail; closed together. */
final class FaultRig implements AutoCloseable {
  static final Duration LIMIT = Duration.ofSeconds(30);

  private final RedisProcess redis;
  private final FanoutConfig config;
  private final List<Ear> ears = new ArrayList<>();
  private final List<Writer> writers = new ArrayList<>();
  private final List<Publisher> publishers = new ArrayList<>();
  private final List<Load> loads = new ArrayList<>();

  final PublishLog log = new PublishLog();

  /** {@code config} is that of all nodes and publishers, unless another one is given. */
  FaultRig(RedisProcess redis, FanoutConfig config) {
    this.redis = redis;
    this.config = config;
  }

  /** Finds out soon when Redis is silent: for faults that nothing else tells of. */
  static FanoutConfig quick() {
    return withBackplane(promptBackplane().readTimeout(Duration.ofSeconds(1)));
  }

  /** Takes no busy machine for a silent Redis: for faults that break a connection. */
  static FanoutConfig patient() {
    return withBackplane(promptBackplane());
  }

  static BackplaneConfig.Builder promptBackplane() {
    return BackplaneConfig.builder()
        .heartbeatInterval(Duration.ofMillis(100))
        .readTimeout(Duration.ofSeconds(30))
        .maxBackoff(Duration.ofMillis(200));
  }

  static FanoutConfig withBackplane(BackplaneConfig.Builder backplane) {
    return FanoutConfig.builder()
        .sessionQueueMessages(1 << 20)
        .sessionQueueBytes(64 << 20)
        .backplane(backplane.build())
        .build();
  }

  /** An endpoint where a greeting that is not answered is given up soon. */
  static RedisEndpoint at(int port) {
    return RedisEndpoint.of(
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

  /** A node that hears. */
  Ear hear(RedisEndpoint endpoint) throws InterruptedException {
    Ear ear = new Ear(endpoint, config, log.checker, ears.size());
    ears.add(ear);
    return ear;
  }

  /** A publisher alone, whose connection is up. */
  Writer write(RedisEndpoint endpoint) {
    return write(endpoint, config);
  }

  /** A publisher alone, which is configured otherwise. */
  Writer write(RedisEndpoint endpoint, FanoutConfig config) {
    Publisher publisher = RedisFanout.builder(endpoint).config(config).startPublisher();
    publishers.add(publisher);
    return write(publisher);
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
   * Nobody helps: every stream is heard again by every node. Then closes all, which leaves nothing,
   * and nothing was lost unreported.
   */
  void settle() {
    stopLoads();
    for (Writer writer : writers) {
      within(LIMIT).until(() -> isHeardByAll(writer.publish()));
    }
    within(LIMIT).until(log::areSettled);
    close();
    Leftovers.assertNone(redis);
    log.assertAllIsExplained();
  }

  private boolean isHeardByAll(Entry message) {
    if (message.outcome() != Outcome.PUBLISHED) {
      return false;
    }
    try {
      within(Duration.ofMillis(500)).until(() -> ears.stream().allMatch(e -> e.hears(message)));
      return true;
    } catch (ConditionTimeoutException e) {
      return false;
    }
  }

  @Override
  public void close() {
    stopLoads();
    publishers.forEach(Publisher::close);
    ears.forEach(Ear::close);
  }
}
