package io.github.redisfanout.it.soak;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.OverflowPolicy;
import io.github.redisfanout.Routing;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.checker.DeliveryChecker;
import io.github.redisfanout.it.checker.Finding;
import io.github.redisfanout.it.checker.Findings;
import io.github.redisfanout.it.checker.Slots;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RedisProcess;
import io.github.redisfanout.testkit.RedisSentinels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** One run: builds everything, lets faults happen, waits for recovery, audits and closes. */
final class Soak implements AutoCloseable {
  private static final int PUBLISHERS_OF_A_NODE = 2;

  /** After this time what is still missing is most likely lost; it is judged again at the end. */
  private static final Duration SETTLED_AFTER = Duration.ofSeconds(15);

  private static final Duration REST_LIMIT = Duration.ofSeconds(30);
  private static final Duration LAST_MESSAGE_LIMIT = Duration.ofSeconds(5);
  private static final int LAST_MESSAGES = 5;
  private static final int PROGRESS_SECONDS = 10;

  private static final RedisConfig REDIS =
      RedisConfig.builder()
          .readTimeout(Duration.ofSeconds(1))
          .probeInterval(Duration.ofMillis(300))
          .publishTimeout(Duration.ofSeconds(2))
          .publishBufferMessages(800)
          .build();

  private static final String[] REPLICATED = {
    "--min-replicas-to-write", "1", "--min-replicas-max-lag", "2"
  };

  private final Routing routing;
  private final Slots slots;
  private final FaultLog faults = new FaultLog();
  private final Findings findings = new Findings();
  private final DeliveryChecker checker;
  private final List<Node> nodes = new ArrayList<>();
  private final List<PublishingThread> publishers = new ArrayList<>();
  private final RedisSentinels sentinels; // null without failovers
  private final RedisProcess redis;
  private final RedisProcess second; // no node publishes to it
  private final ExecutorService network = Executors.newSingleThreadExecutor(Soak::daemon);
  private final ServerFaults serverFaults;
  private final NodeFaults nodeFaults;
  private final Report report;

  /** {@code failovers} instead of the faults of a single Redis, unless it is zero. */
  Soak(Duration time, long seed, int rate, int failovers, Routing routing) {
    this.routing = routing;
    // With few nodes nothing would be targeted.
    int count = routing == Routing.ADAPTIVE ? 6 : 3;
    slots = new Slots(count == 6 ? 10 : 16, count);
    checker = new DeliveryChecker(count * PUBLISHERS_OF_A_NODE, slots, findings, faults::near);
    sentinels = failovers == 0 ? null : RedisSentinels.start(users(REPLICATED));
    redis = sentinels == null ? RedisProcess.start(users()) : sentinels.servers().get(0);
    second = sentinels == null ? RedisProcess.start(users()) : sentinels.servers().get(1);
    for (int node = 0; node < count; node++) {
      nodes.add(
          new Node(
              node,
              redis.port(),
              this::endpoint,
              config(node, rate),
              REDIS,
              checker,
              clients(node)));
      for (int i = 0; i < PUBLISHERS_OF_A_NODE; i++) {
        double perSecond = rate / (double) (count * PUBLISHERS_OF_A_NODE);
        publishers.add(
            new PublishingThread(
                publishers.size(), nodes.get(node), slots, checker, findings, perSecond));
      }
    }
    long millis = sentinels == null ? time.toMillis() : failovers * 20_000L;
    serverFaults =
        sentinels == null
            ? new RedisFaults(
                FaultPlan.redisFaults(seed, millis, count), redis, second, nodes, faults)
            : new Failovers(FaultPlan.failovers(seed, failovers), sentinels, faults);
    nodeFaults = new NodeFaults(FaultPlan.nodeFaults(seed, millis, count), nodes, faults);
    report = new Report(checker, findings, faults, nodes, PUBLISHERS_OF_A_NODE, seed);
  }

  /** Arguments of a server: a user for each node, to tell their connections apart. */
  private String[] users(String... more) {
    List<String> arguments = new ArrayList<>(List.of(more));
    for (int node = 0; node < slots.nodes(); node++) {
      arguments.addAll(List.of("--user", "node" + node, "on", ">secret", "~*", "&*", "+@all"));
    }
    return arguments.toArray(String[]::new);
  }

  private RedisEndpoint endpoint(String user, FaultProxy proxy) {
    if (sentinels == null) {
      return RedisEndpoint.of("redis://" + user + ":secret@127.0.0.1:" + proxy.port());
    }
    return RedisEndpoint.of(sentinels.uri().replace("://", "://" + user + ":secret@"));
  }

  static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "soak");
    thread.setDaemon(true);
    return thread;
  }

  // The nodes differ in their overflow policy; the last one has a small delivery buffer, too. A
  // queue
  // takes the messages of 1.3 s, so it overflows after a long interruption and not after a short
  // one.
  private FanoutConfig config(int node, int rate) {
    return FanoutConfig.builder("soak")
        .routing(routing)
        .overflowPolicy(policy(node))
        .sessionQueueMessages(Math.max(16, rate * 2 / slots.users() * 13 / 10))
        .writeTimeout(Duration.ofMillis(2_200))
        .deliveryBufferBytes(node == slots.nodes() - 1 ? 128 << 10 : 16 << 20)
        .build();
  }

  private static OverflowPolicy policy(int node) {
    return OverflowPolicy.values()[node % OverflowPolicy.values().length];
  }

  // Where a full queue drops messages, only slow clients may fill it: the others complete at once.
  // Where it ends the session, some complete a moment later.
  private List<Client> clients(int node) {
    boolean mayDrop = policy(node) != OverflowPolicy.DISCONNECT;
    List<Client> clients = new ArrayList<>();
    for (int user = 0; user < slots.users(); user++) {
      Executor completing = mayDrop || user % 2 == 0 ? Runnable::run : network;
      int slot = slots.slot(user, node);
      clients.add(new Client(slot, "user-" + user, mayDrop, checker, findings, completing));
    }
    return clients;
  }

  /** Runs to the end and prints the verdict; gives descriptions of what was found. */
  List<String> run() throws InterruptedException {
    nodes.forEach(Node::start);
    await("all nodes are up", () -> nodes.stream().allMatch(Node::isUp));
    nodeFaults.start();
    publishers.forEach(PublishingThread::start);
    serverFaults.start();
    for (int seconds = 1; !serverFaults.awaitEnd(Duration.ofSeconds(1)); seconds++) {
      checker.settle(Instant.now().minus(SETTLED_AFTER));
      if (seconds % PROGRESS_SECONDS == 0) {
        report.progress();
      }
    }
    nodeFaults.stopFaults();
    await("all nodes are up and all clients connected", this::isWell);
    for (PublishingThread publisher : publishers) {
      publisher.stop();
    }
    for (PublishingThread publisher : publishers) {
      await(
          "publisher " + publisher.number() + " has all outcomes",
          () -> checker.open(publisher.number()) == 0);
      checkLastMessage(publisher);
    }
    await("nothing is pending", () -> nodes.stream().allMatch(node -> node.pending() == 0));
    nodeFaults.close();
    nodes.forEach(node -> node.stop(Duration.ofSeconds(2)));
    checkLeftovers();
    checker.close();
    report.audit();
    report.print();
    boolean isTargeted = report.targeted() > 0;
    if (isTargeted != (routing == Routing.ADAPTIVE)) {
      findings.add(Finding.MISCOUNTED, "messages were targeted: " + isTargeted);
    }
    return findings.offenders();
  }

  // On a slow machine the first may be lost to a timeout, which the checker then explains.
  private void checkLastMessage(PublishingThread publisher) {
    for (int attempt = 0; attempt < LAST_MESSAGES; attempt++) {
      await("all clients are connected for the last message", this::isWell);
      long last = publisher.publishToAll();
      if (within(
          LAST_MESSAGE_LIMIT, () -> checker.hasReached(publisher.number(), last, slots.all()))) {
        return;
      }
    }
    findings.add(
        Finding.NOT_AT_REST, "no last message of " + publisher.number() + " reached every client");
  }

  private void checkLeftovers() {
    try {
      for (RedisProcess server : servers()) {
        Leftovers.assertNone(server);
      }
    } catch (ConditionTimeoutException e) {
      findings.add(Finding.LEFT_BEHIND, String.valueOf(e.getMessage()));
    }
    for (Node node : nodes) {
      if (!within(REST_LIMIT, () -> node.proxy().connections() == 0)) {
        findings.add(Finding.LEFT_BEHIND, node.user() + ": connections at its proxy");
      }
    }
  }

  private List<RedisProcess> servers() {
    return sentinels == null ? List.of(redis, second) : sentinels.servers();
  }

  private boolean isWell() {
    return nodes.stream().allMatch(node -> node.isUp() && node.hasAllClients());
  }

  private void await(String what, Callable<Boolean> condition) {
    if (!within(REST_LIMIT, condition)) {
      findings.add(Finding.NOT_AT_REST, "not within " + REST_LIMIT + ": " + what);
    }
  }

  static boolean within(Duration limit, Callable<Boolean> condition) {
    try {
      Awaitility.await().atMost(limit).until(condition);
      return true;
    } catch (ConditionTimeoutException e) {
      return false;
    }
  }

  @Override
  public void close() throws InterruptedException {
    nodeFaults.close();
    serverFaults.close();
    network.shutdownNow();
    nodes.forEach(Node::close);
    servers().forEach(RedisProcess::close);
    if (sentinels != null) {
      sentinels.close();
    }
  }
}
