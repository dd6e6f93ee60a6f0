package io.github.redisfanout.benchmarks.neighbours;

import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.benchmarks.ChildJvm;
import io.github.redisfanout.benchmarks.Content;
import io.github.redisfanout.benchmarks.Waits;
import io.github.redisfanout.benchmarks.containers.Container;
import io.github.redisfanout.benchmarks.containers.ContainerNode;
import io.github.redisfanout.benchmarks.containers.ContainerNode.Counts;
import io.github.redisfanout.benchmarks.sockets.LoadGenerator;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * How much heap the bad clients' full queues take, in a JVM of its own.
 *
 * <p>Every client gets messages of its own, as sessions share the text of a common one, and the
 * write deadline is so long that nobody is disconnected meanwhile.
 */
final class Held {
  private static final int FOREVER_MILLIS = 300_000;

  /** More than any system takes into its buffers for a client that does not read. */
  private static final long MOST_STUCK_BYTES = 64L << 20;

  private final NeighboursPlan plan;
  private final ContainerNode node;
  private final Publisher publisher;
  private final String json;
  private long published; // each counted once per session

  private Held(NeighboursPlan plan, ContainerNode node, Publisher publisher) {
    this.plan = plan;
    this.node = node;
    this.publisher = publisher;
    json = Content.json(plan.badBytes());
  }

  /** How many bytes more are in use when all queues are full than when all clients are idle. */
  static long bytes(NeighboursPlan plan, Container container, String redisUri) throws Exception {
    try (ContainerNode node =
            ContainerNode.start(
                container, redisUri, ChildJvm.fixedHeap(512), plan.settings(FOREVER_MILLIS));
        LoadGenerator generator = LoadGenerator.start();
        RedisFanout publishing = NeighboursPlan.publishingNode(redisUri)) {
      Held held = new Held(plan, node, publishing.publisher());
      generator.ask("open-stuck", node.port(), String.join(",", plan.badUsers()));
      node.awaitSessions(plan.bad());
      long before = node.usedHeap();
      held.getStuck();
      held.fillQueues();
      held.checkFull();
      return node.usedHeap() - before;
    }
  }

  /** Until sockets and queues take no more. */
  private void getStuck() throws Exception {
    for (long sent = 0; sent < MOST_STUCK_BYTES; sent += json.length()) {
      publish(plan.badUsers());
      awaitReceived();
      if (node.counts().dropped() >= plan.bad()) {
        return;
      }
    }
    throw new IllegalStateException("nobody is stuck after " + MOST_STUCK_BYTES + " bytes");
  }

  /** With a little more than there is room for. */
  private void fillQueues() throws Exception {
    for (int i = 0; i <= NeighboursPlan.SESSION_QUEUE_BYTES / json.length(); i++) {
      for (String user : plan.badUsers()) {
        publish(List.of(user));
      }
      awaitReceived();
    }
  }

  private void checkFull() throws Exception {
    long pending = node.counts().pending();
    long full = (long) plan.bad() * (NeighboursPlan.SESSION_QUEUE_BYTES / json.length());
    if (pending < full) {
      throw new IllegalStateException(
          "the queues are not full: " + pending + " of " + full + " messages");
    }
  }

  private void publish(List<String> users) {
    publisher.publishJson(users, json).join();
    published += users.size();
  }

  /** Waits until everything is in the queues, and what can be written has been. */
  private void awaitReceived() throws Exception {
    Waits.until(
        published + " messages on the node",
        Duration.ofSeconds(20),
        Duration.ofMillis(10),
        () -> {
          Counts counts = node.counts();
          return counts.delivered() + counts.pending() + counts.dropped() >= published;
        });
    LockSupport.parkNanos(20_000_000);
  }
}
