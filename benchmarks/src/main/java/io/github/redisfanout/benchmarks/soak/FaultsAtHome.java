package io.github.redisfanout.benchmarks.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Causes the faults of nodes and clients, and lets clients come back. */
final class FaultsAtHome implements Runnable {
  private static final int TICK_MILLIS = 10;

  /** A client that is slow, and until when. */
  private record Slow(Client client, long untilNanos) {}

  private final List<Fault> plan;
  private final List<Node> nodes;
  private final FaultLog log;
  private final List<Slow> slow = new ArrayList<>(); // confined to the thread that runs this
  private volatile boolean stopped;

  FaultsAtHome(List<Fault> plan, List<Node> nodes, FaultLog log) {
    this.plan = plan;
    this.nodes = nodes;
    this.log = log;
  }

  /** No more faults; clients still come back. */
  void stop() {
    stopped = true;
  }

  @Override
  public void run() {
    try {
      for (Fault fault : plan) {
        pause(fault.pauseMillis());
        if (stopped) {
          break;
        }
        log.perform(fault, () -> perform(fault));
      }
      slow.forEach(one -> one.client.recover());
      slow.clear();
      while (true) {
        pause(TICK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the end
    }
  }

  private void pause(long millis) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    do {
      TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
      long now = System.nanoTime();
      slow.removeIf(
          one -> {
            boolean over = now - one.untilNanos > 0;
            if (over) {
              one.client.recover();
            }
            return over;
          });
      for (Node node : nodes) {
        node.bringClients();
      }
    } while (until - System.nanoTime() > 0 && !stopped);
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
      case WRITE_FAILS ->
          client.failNext(
              (fault.choice() & 1) == 0
                  ? ClientTransport.Failure.THROWS
                  : ClientTransport.Failure.SAYS_SO);
      case INTERRUPT -> interruptOne(fault.choice());
      default -> throw new IllegalArgumentException("not at home: " + fault);
    }
  }

  private void becomeSlow(Client client, Fault fault) {
    client.becomeSlow();
    slow.add(new Slow(client, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(fault.millis())));
  }

  private static void interruptOne(int choice) {
    List<Thread> ours = new ArrayList<>(Leftovers.threads());
    ours.sort(Comparator.comparing(Thread::getName));
    if (!ours.isEmpty()) {
      ours.get(choice % ours.size()).interrupt();
    }
  }
}
