package io.github.redisfanout.benchmarks.neighbours;

import io.github.redisfanout.benchmarks.containers.ContainerNode;
import io.github.redisfanout.benchmarks.containers.ContainerNode.Disconnected;
import io.github.redisfanout.benchmarks.containers.TcpTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Looks at the bad clients' sockets and at the node's counters ten times a second. Thread-safe. */
final class Watch implements AutoCloseable {
  private static final long PERIOD_MILLIS = 100;

  private final ContainerNode node;
  private final Map<Integer, Stuck> byPort = new LinkedHashMap<>();
  private final Map<String, Stuck> byUser = new LinkedHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "benchmark-watch");
            thread.setDaemon(true);
            return thread;
          });
  private final ScheduledFuture<?> looking;

  /** Begins to look; users and local ports of the bad clients are in the same order. */
  Watch(ContainerNode node, List<String> users, List<Integer> ports) {
    this.node = node;
    for (int i = 0; i < ports.size(); i++) {
      Stuck stuck = new Stuck();
      byPort.put(ports.get(i), stuck);
      byUser.put(users.get(i), stuck);
    }
    looking =
        timer.scheduleAtFixedRate(this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  private synchronized void look() {
    try {
      for (Disconnected one : node.disconnected()) {
        Stuck stuck = byUser.get(one.user());
        if (stuck != null) {
          stuck.unregistered(one.nanos());
        }
      }
      TcpTable table = TcpTable.of(node.port());
      long now = System.nanoTime();
      byPort.forEach((port, stuck) -> stuck.look(table.sockets().get(port), now));
      notifyAll();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  /** Waits until all sockets are freed and sessions gone, or those that are not are overdue. */
  synchronized void awaitEnd(double overdueSeconds) throws InterruptedException {
    while (byPort.values().stream().anyMatch(stuck -> isExpected(stuck, overdueSeconds))) {
      wait(10 * PERIOD_MILLIS);
      if (looking.isDone()) {
        throw new IllegalStateException("cannot look at the sockets any more");
      }
    }
  }

  private static boolean isExpected(Stuck stuck, double overdueSeconds) {
    return !(stuck.isFreed() && stuck.isUnregistered())
        && stuck.secondsSince(System.nanoTime()) < overdueSeconds;
  }

  /** What became of the bad clients; complete once this is closed. */
  synchronized List<Stuck> clients() {
    return List.copyOf(byPort.values());
  }

  @Override
  public void close() throws InterruptedException {
    timer.shutdown();
    if (!timer.awaitTermination(10, TimeUnit.SECONDS)) {
      timer.shutdownNow();
    }
  }
}
