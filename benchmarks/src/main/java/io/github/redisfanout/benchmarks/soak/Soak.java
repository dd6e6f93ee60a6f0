package io.github.redisfanout.benchmarks.soak;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.OverflowPolicy;
import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.benchmarks.soak.books.Books;
import io.github.redisfanout.benchmarks.soak.books.Finding;
import io.github.redisfanout.benchmarks.soak.books.Findings;
import io.github.redisfanout.benchmarks.soak.books.Seats;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** One run: everything is built, goes on for a while, comes to rest, is audited and closed. */
final class Soak implements AutoCloseable {
  private static final int NODES = 3;
  private static final int PUBLISHERS_OF_A_NODE = 2;
  private static final Seats SEATS = new Seats(16, NODES);

  /** After this time what is still missing is most likely lost; it is judged again at the end. */
  private static final Duration SETTLED_AFTER = Duration.ofSeconds(15);

  private static final long REST_LIMIT_MILLIS = 30_000;
  private static final int PROGRESS_SECONDS = 10;
  private static final int LAST_MESSAGES = 5;
  private static final long LAST_MESSAGE_MILLIS = 5_000;

  private final FaultLog faults = new FaultLog();
  private final Findings findings = new Findings();
  private final Books books =
      new Books(NODES * PUBLISHERS_OF_A_NODE, SEATS, findings, faults::near);
  private final List<Node> nodes = new ArrayList<>();
  private final List<PublishingThread> publishers = new ArrayList<>();
  private final RedisProcess redis = Server.start(NODES);
  private final RedisProcess second = Server.start(NODES);
  private final ExecutorService network = Executors.newSingleThreadExecutor(Soak::daemon);
  private final Thread onTheWay;
  private final FaultsAtHome faultsAtHome;
  private final Thread atHome;
  private final Report report;

  Soak(Duration time, long seed, int rate) {
    for (int node = 0; node < NODES; node++) {
      nodes.add(new Node(node, redis.port(), config(node, rate), books, clients(node)));
      for (int i = 0; i < PUBLISHERS_OF_A_NODE; i++) {
        double perSecond = rate / (double) (NODES * PUBLISHERS_OF_A_NODE);
        publishers.add(
            new PublishingThread(
                publishers.size(), nodes.get(node), SEATS, books, findings, perSecond));
      }
    }
    onTheWay =
        daemon(
            new FaultsOnTheWay(
                Plan.onTheWay(seed, time.toMillis(), NODES), redis, second, nodes, faults));
    faultsAtHome = new FaultsAtHome(Plan.atHome(seed, time.toMillis(), NODES), nodes, faults);
    atHome = daemon(faultsAtHome);
    report = new Report(books, findings, faults, nodes, PUBLISHERS_OF_A_NODE, seed);
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "soak");
    thread.setDaemon(true);
    return thread;
  }

  // The nodes differ in what they do when a queue is full; the last one has small lanes, too.
  // What comes at once after an interruption has room in a queue; what comes in 1.3 s has not.
  private static FanoutConfig config(int node, int rate) {
    return FanoutConfig.builder()
        .channel("soak")
        .overflowPolicy(policy(node))
        .sessionQueueMessages(Math.max(16, rate * 2 / SEATS.users() * 13 / 10))
        .writeTimeout(Duration.ofMillis(2_200))
        .lanes(2)
        .laneBytes(node == NODES - 1 ? 128 << 10 : 16 << 20)
        .backplane(
            BackplaneConfig.builder()
                .heartbeatInterval(Duration.ofMillis(200))
                .readTimeout(Duration.ofSeconds(1))
                .probeInterval(Duration.ofMillis(300))
                .maxBackoff(Duration.ofMillis(300))
                .publishTimeout(Duration.ofSeconds(2))
                .publishBufferMessages(800)
                .build())
        .build();
  }

  private static OverflowPolicy policy(int node) {
    return OverflowPolicy.values()[node % OverflowPolicy.values().length];
  }

  // Where messages are dropped and the session goes on, only slow clients may make it so: the
  // others complete at once. Where it ends there are such that complete a moment later.
  private List<Client> clients(int node) {
    boolean mayDrop = policy(node) != OverflowPolicy.DISCONNECT;
    List<Client> clients = new ArrayList<>();
    for (int user = 0; user < SEATS.users(); user++) {
      Executor completing = mayDrop || user % 2 == 0 ? Runnable::run : network;
      int seat = SEATS.seat(user, node);
      clients.add(new Client(seat, "user-" + user, mayDrop, books, findings, completing));
    }
    return clients;
  }

  /** Runs to the end and prints; true if nothing was found. */
  boolean run() throws InterruptedException {
    nodes.forEach(Node::start);
    atHomeBegins();
    publishers.forEach(PublishingThread::start);
    onTheWay.start();
    for (int seconds = 1; onTheWay.isAlive(); seconds++) {
      TimeUnit.SECONDS.timedJoin(onTheWay, 1);
      books.settle(Instant.now().minus(SETTLED_AFTER));
      if (seconds % PROGRESS_SECONDS == 0) {
        report.progress();
      }
    }
    faultsAtHome.stop();
    await("all nodes hear and publish, and all clients are there", this::isWell);
    for (PublishingThread publisher : publishers) {
      publisher.stop();
    }
    for (PublishingThread publisher : publishers) {
      await(
          "publisher " + publisher.number() + " has all outcomes",
          () -> books.open(publisher.number()) == 0);
      checkLastMessage(publisher);
    }
    await("nothing is pending", () -> nodes.stream().allMatch(node -> node.pending() == 0));
    atHome.interrupt();
    atHome.join();
    nodes.forEach(node -> node.stop(Duration.ofSeconds(2)));
    Leftovers.check(nodes, List.of(redis, second), findings);
    books.close();
    report.audit();
    return report.end();
  }

  // A slow machine is reason enough for a timeout; whatever that costs, the books have it.
  private void checkLastMessage(PublishingThread publisher) throws InterruptedException {
    long everybody = -1L >>> (Long.SIZE - SEATS.count());
    for (int attempt = 0; attempt < LAST_MESSAGES; attempt++) {
      await("all clients are there for the last message", this::isWell);
      long last = publisher.publishToAll();
      if (FaultsOnTheWay.within(
          LAST_MESSAGE_MILLIS, () -> books.hasReached(publisher.number(), last, everybody))) {
        return;
      }
      System.out.println("last, not everywhere: " + books.describe(publisher.number(), last));
    }
    findings.add(
        Finding.NOT_AT_REST, "no last message of " + publisher.number() + " reached every client");
  }

  private void atHomeBegins() throws InterruptedException {
    await(
        "the nodes hear for the first time",
        () -> nodes.stream().allMatch(node -> node.health().status() == FanoutHealth.Status.UP));
    atHome.start();
  }

  private boolean isWell() {
    return nodes.stream()
        .allMatch(node -> node.health().status() == FanoutHealth.Status.UP && node.hasAllClients());
  }

  private void await(String what, BooleanSupplier condition) throws InterruptedException {
    if (!FaultsOnTheWay.within(REST_LIMIT_MILLIS, condition)) {
      findings.add(
          Finding.NOT_AT_REST,
          "not within " + REST_LIMIT_MILLIS + " ms: " + what + " at " + Instant.now());
    }
  }

  @Override
  public void close() {
    atHome.interrupt();
    onTheWay.interrupt();
    network.shutdownNow();
    nodes.forEach(Node::close);
    redis.close();
    second.close();
  }
}
