package io.github.redisfanout.benchmarks.idle;

import io.github.redisfanout.benchmarks.containers.ContainerNode;
import io.github.redisfanout.benchmarks.containers.TcpTable;
import io.github.redisfanout.benchmarks.memory.Heap;
import io.github.redisfanout.benchmarks.sockets.CpuTime;
import io.github.redisfanout.benchmarks.sockets.LoadGenerator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** One node, with the adapter or bare, and the clients that connect to it. */
final class Crowd implements AutoCloseable {
  /** So few at once that those who are connected already are heard meanwhile. */
  private static final int AT_ONCE = 100;

  /**
   * What a container makes with its first connections is there when the heap is first looked at.
   */
  private static final int FIRST = 300;

  private final IdlePlan plan;
  private final ContainerNode node;
  private final LoadGenerator generator;

  private Crowd(IdlePlan plan, ContainerNode node, LoadGenerator generator) {
    this.plan = plan;
    this.node = node;
    this.generator = generator;
  }

  static Crowd start(IdlePlan plan, String redisUri, boolean bare) throws Exception {
    List<String> settings = new ArrayList<>(plan.settings());
    if (bare) {
      settings.add("bare=true");
    }
    ContainerNode node = ContainerNode.start(plan.container(), redisUri, plan.flags(), settings);
    try {
      return new Crowd(plan, node, LoadGenerator.start());
    } catch (Exception | Error e) {
      node.close();
      throw e;
    }
  }

  /** The heap without connections. */
  Heap before() throws Exception {
    open(plan.users().subList(0, Math.min(FIRST, plan.sessions())));
    startThreads();
    generator.ask("drop");
    awaitConnections(0);
    node.awaitSessions(0, plan.opening());
    return look();
  }

  /** Connects all clients. */
  void open() throws Exception {
    generator.ask("allow-ends");
    open(plan.users());
  }

  private void open(List<String> users) throws Exception {
    for (int from = 0; from < users.size(); from += AT_ONCE) {
      List<String> some = users.subList(from, Math.min(users.size(), from + AT_ONCE));
      generator.ask("open", node.port(), String.join(",", some));
    }
    awaitConnections(users.size());
  }

  private void awaitConnections(int count) throws Exception {
    long deadline = System.nanoTime() + plan.opening().toNanos();
    for (long now = connections(); now != count; now = connections()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(now + " connections in place of " + count);
      }
      LockSupport.parkNanos(100_000_000);
    }
  }

  private long connections() throws Exception {
    return TcpTable.of(node.port()).owned();
  }

  /** The heap with all clients. */
  Heap after() throws Exception {
    startThreads();
    return look();
  }

  /**
   * Clients that all send at once keep all threads of the container busy, with the adapter and
   * without: what threads hold, such as buffers, is then the same.
   */
  private void startThreads() throws Exception {
    for (int i = 0; i < 10; i++) {
      generator.ask("pong");
      LockSupport.parkNanos(50_000_000);
    }
  }

  private Heap look() throws Exception {
    return Heap.of(node.usedHeap(), node.histogram());
  }

  /**
   * What a time of pings was like.
   *
   * @param ended clients whose connection ended
   * @param late clients that once waited too long for a ping
   * @param nodeCores how many cores the node's process kept busy; and so on
   */
  record Pinged(
      int sessions,
      long pings,
      long ended,
      long late,
      double longestSeconds,
      double nodeCores,
      double clientCores) {

    long missed() {
      return ended + late;
    }
  }

  /** Lets the clients answer pings for the plan's time. */
  Pinged watch() throws Exception {
    node.awaitSessions(plan.sessions(), plan.opening());
    // What the container has for its connections, 70 KB each, is moved to the old generation now: a
    // young collection that moves it later stops the node for a second. So does this one, and the
    // pings that are late for it are not counted.
    node.usedHeap();
    LockSupport.parkNanos(2 * plan.latestPingMillis() * 1_000_000);
    generator.ask("count", 0);
    CpuTime nodeBefore = CpuTime.of(node.pid());
    CpuTime clientsBefore = CpuTime.of(generator.pid());
    long start = System.nanoTime();
    long end = start + plan.seconds() * 1_000_000_000L;
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    String[] pings = generator.ask("pings", plan.latestPingMillis()).split(" ");
    long nanos = System.nanoTime() - start;
    return new Pinged(
        node.counts().sessions(),
        Long.parseLong(pings[0]),
        Long.parseLong(generator.ask("ended")),
        Long.parseLong(pings[1]),
        Long.parseLong(pings[2]) / 1e9,
        CpuTime.of(node.pid()).since(nodeBefore).share(nanos),
        CpuTime.of(generator.pid()).since(clientsBefore).share(nanos));
  }

  @Override
  public void close() throws Exception {
    generator.close();
    node.close();
  }
}
