package io.github.redisfanout.it.soak;

import io.github.redisfanout.DropReason;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.checker.DeliveryChecker;
import io.github.redisfanout.testkit.FaultProxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;

/** One node, which may be closed and started again, its proxy and its clients. Thread-safe. */
final class Node implements AutoCloseable {
  private final int number;
  private final FaultProxy proxy;
  private final BiFunction<String, FaultProxy, RedisEndpoint> endpoint;
  private final FanoutConfig config;
  private final RedisConfig redis;
  private final DeliveryChecker checker;
  private final List<Client> clients;
  private final List<NodeRun> runs = new CopyOnWriteArrayList<>();

  private volatile NodeRun current; // null before the first start
  private volatile boolean ready; // clients may connect

  /** {@code endpoint} gives the address for a user, behind this node's proxy or not. */
  Node(
      int number,
      int redisPort,
      BiFunction<String, FaultProxy, RedisEndpoint> endpoint,
      FanoutConfig config,
      RedisConfig redis,
      DeliveryChecker checker,
      List<Client> clients) {
    this.number = number;
    this.endpoint = endpoint;
    this.config = config;
    this.redis = redis;
    this.checker = checker;
    this.clients = clients;
    proxy = FaultProxy.to(redisPort);
  }

  /** The name of its Redis user, which tells its connections from others. */
  String user() {
    return "node" + number;
  }

  FaultProxy proxy() {
    return proxy;
  }

  List<Client> clients() {
    return clients;
  }

  List<NodeRun> runs() {
    return runs;
  }

  Publisher publisher() {
    return current.fanout().publisher();
  }

  boolean isUp() {
    return current.fanout().health().status() == FanoutHealth.Status.UP;
  }

  long pending() {
    return current.counters().pending();
  }

  synchronized void start() {
    String name = user() + " run " + (runs.size() + 1);
    current = new NodeRun(name, number, endpoint.apply(user(), proxy), config, redis, checker);
    runs.add(current);
  }

  /** Connects the clients once the node is ready; called repeatedly. */
  synchronized void connectClients() throws InterruptedException {
    NodeRun run = current;
    if (run == null || !(ready || run.fanout().awaitReady(Duration.ZERO))) {
      return;
    }
    ready = true;
    for (Client client : clients) {
      client.connect(run);
    }
  }

  boolean hasAllClients() {
    return clients.stream().allMatch(Client::isConnected);
  }

  /** Closes the node, within this limit and what it takes to end what is stuck. */
  synchronized void stop(Duration limit) {
    ready = false;
    if (current != null) {
      clients.forEach(Client::nodeCloses);
      current.fanout().close(limit);
    }
  }

  /** Messages that it counted as dropped because something was full. */
  long droppedAsFull() {
    return runs.stream()
        .mapToLong(run -> run.dropped(DropReason.QUEUE_FULL) + run.dropped(DropReason.LANE_FULL))
        .sum();
  }

  @Override
  public void close() {
    stop(Duration.ZERO);
    proxy.close();
  }
}
