package io.github.redisfanout.benchmarks.routing;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.benchmarks.Content;
import io.github.redisfanout.benchmarks.CountingTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The nodes that receive, all in this JVM. The users of each lie next to each other. */
final class Fleet implements AutoCloseable {
  private final List<RedisFanout> nodes = new ArrayList<>();
  private final List<String> users;
  private final int usersPerNode;
  private final CountingTransport transport = new CountingTransport();

  private Fleet(int count, int usersPerNode) {
    users = Content.userIds(count * usersPerNode);
    this.usersPerNode = usersPerNode;
  }

  /** Returns when all of their channels are subscribed. */
  static Fleet start(String redisUri, FanoutConfig config, int count, int usersPerNode)
      throws Exception {
    Fleet fleet = new Fleet(count, usersPerNode);
    // Probes would count as messages.
    RedisConfig redis = RedisConfig.builder().probeInterval(Duration.ZERO).build();
    List<CompletableFuture<?>> ready = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        RedisFanout node =
            RedisFanout.builder(RedisEndpoint.of(redisUri), config).redis(redis).start();
        fleet.nodes.add(node);
        for (String user : fleet.users.subList(i * usersPerNode, (i + 1) * usersPerNode)) {
          node.open(user, fleet.transport);
        }
      }
      CompletableFuture.allOf(ready.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
      return fleet;
    } catch (Exception | Error e) {
      fleet.close();
      throw e;
    }
  }

  int size() {
    return nodes.size();
  }

  /** All of them. */
  List<String> users() {
    return users;
  }

  /** On which node this user is. */
  int nodeOf(int user) {
    return user / usersPerNode;
  }

  /** How many messages each node has received, so also decoded. */
  long[] received() {
    return nodes.stream().mapToLong(node -> node.counters().received()).toArray();
  }

  /** How many messages were written to clients. */
  long written() {
    return transport.written();
  }

  /** Whether a node has lost its connection or refused a message. */
  boolean isDisturbed() {
    return nodes.stream()
        .map(RedisFanout::counters)
        .anyMatch(counters -> counters.gaps() + counters.malformed() > 0);
  }

  @Override
  public void close() {
    nodes.parallelStream().forEach(node -> node.close(Duration.ZERO));
  }
}
