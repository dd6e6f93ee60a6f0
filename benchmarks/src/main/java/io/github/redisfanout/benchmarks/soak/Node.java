package io.github.redisfanout.benchmarks.soak;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.DropReason;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.benchmarks.soak.books.Books;
import io.github.redisfanout.testkit.FaultProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** One node, which may be closed and started again, its proxy and its clients. Thread-safe. */
final class Node implements AutoCloseable {
  private final int number;
  private final FaultProxy proxy;
  private final FanoutConfig config;
  private final Books books;
  private final List<Client> clients;
  private final List<Life> lives = new CopyOnWriteArrayList<>();

  private volatile @Nullable Life current; // null before the first start
  private volatile boolean ready; // clients may come

  Node(int number, int redisPort, FanoutConfig config, Books books, List<Client> clients) {
    this.number = number;
    this.config = config;
    this.books = books;
    this.clients = List.copyOf(clients);
    proxy = FaultProxy.to(redisPort);
  }

  /** The name of its user of Redis, by which its connections are told from others. */
  String user() {
    return "node" + number;
  }

  FaultProxy proxy() {
    return proxy;
  }

  List<Client> clients() {
    return clients;
  }

  Publisher publisher() {
    return requireNonNull(current).fanout().publisher();
  }

  FanoutHealth health() {
    return requireNonNull(current).fanout().health();
  }

  long pending() {
    return requireNonNull(current).counters().pending();
  }

  synchronized void start() {
    RedisEndpoint endpoint =
        RedisEndpoint.of("redis://" + user() + ":secret@127.0.0.1:" + proxy.port());
    Life life = new Life(user() + " life " + (lives.size() + 1), number, endpoint, config, books);
    lives.add(life);
    current = life;
  }

  /** Lets the clients come once the node hears; to be called again and again. */
  synchronized void bringClients() throws InterruptedException {
    Life life = current;
    if (life == null || !(ready || life.fanout().awaitReady(Duration.ZERO))) {
      return;
    }
    ready = true;
    for (Client client : clients) {
      client.come(life);
    }
  }

  boolean hasAllClients() {
    return clients.stream().allMatch(Client::isThere);
  }

  /** Closes the node, within this limit and what it takes to end what is stuck. */
  synchronized void stop(Duration limit) {
    ready = false;
    Life life = current;
    if (life != null) {
      clients.forEach(Client::nodeCloses);
      life.fanout().close(limit);
    }
  }

  List<Life> lives() {
    return new ArrayList<>(lives);
  }

  /** Messages that it counted as dropped because something was full. */
  long countedAsDropped() {
    return lives.stream()
        .mapToLong(life -> life.dropped(DropReason.QUEUE_FULL) + life.dropped(DropReason.LANE_FULL))
        .sum();
  }

  @Override
  public void close() {
    stop(Duration.ZERO);
    proxy.close();
  }
}
