package io.github.redisfanout.it.soak;

import io.github.redisfanout.it.Leftovers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Causes the faults of nodes and clients, and reconnects clients, all on one thread. */
final class NodeFaults implements AutoCloseable {
  private static final int RECONNECT_MILLIS = 10;

  private final Iterator<Fault> plan;
  private final List<Node> nodes;
  private final FaultLog log;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(Soak::daemon);
  private volatile boolean stopped;

  NodeFaults(List<Fault> plan, List<Node> nodes, FaultLog log) {
    this.plan = plan.iterator();
    this.nodes = nodes;
    this.log = log;
  }

  void start() {
    thread.scheduleWithFixedDelay(this::connectClients, 0, RECONNECT_MILLIS, TimeUnit.MILLISECONDS);
    scheduleNext();
  }

  private void connectClients() {
    try {
      for (Node node : nodes) {
        node.connectClients();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the end
    } catch (RuntimeException e) {
      System.out.println("connecting clients failed: " + e);
    }
  }

  private void scheduleNext() {
    if (!stopped && plan.hasNext()) {
      Fault fault = plan.next();
      schedule(
          fault.pauseMillis(),
          () -> {
            log.perform(fault, () -> perform(fault));
            scheduleNext();
          });
    }
  }

  private void schedule(long millis, FaultLog.Action action) {
    thread.schedule(
        () -> {
          action.run();
          return null;
        },
        millis,
        TimeUnit.MILLISECONDS);
  }

  /** No more faults; clients still recover and reconnect. */
  void stopFaults() {
    stopped = true;
  }

  private void perform(Fault fault) throws Exception {
    Node node = nodes.get(fault.node());
    Client client = node.clients().get(fault.choice() % node.clients().size());
    switch (fault.kind()) {
      case RESTART_NODE -> {
        node.stop(Duration.ofMillis(fault.millis()));
        node.start();
      }
      case SLOW_CLIENT -> becomeSlow(client, fault);
      case SLOW_CLIENTS -> {
        for (int i = 0; i < node.clients().size(); i += 3) {
          becomeSlow(node.clients().get(i), fault);
        }
      }
      case CLIENT_LEAVES -> client.leave();
      case WRITE_FAILS -> client.failNext(fault.choice() % 2 == 0);
      case INTERRUPT -> {
        List<Thread> threads = new ArrayList<>(Leftovers.threads());
        threads.sort(Comparator.comparing(Thread::getName));
        if (!threads.isEmpty()) {
          threads.get(fault.choice() % threads.size()).interrupt();
        }
      }
      default -> throw new IllegalArgumentException("not of a node: " + fault);
    }
  }

  private void becomeSlow(Client client, Fault fault) {
    client.becomeSlow();
    schedule(fault.millis(), client::recover);
  }

  @Override
  public void close() throws InterruptedException {
    stopped = true;
    thread.shutdownNow();
    thread.awaitTermination(30, TimeUnit.SECONDS);
  }
}
