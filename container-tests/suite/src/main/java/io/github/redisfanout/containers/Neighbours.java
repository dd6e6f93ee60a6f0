package io.github.redisfanout.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.DropReason;
import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RecordingClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A node, a healthy client and a hostile one beside it; not thread-safe.
 *
 * @param node closed with the clients
 * @param session the hostile client's
 */
record Neighbours(Node node, RecordingClient healthy, HostilePeer hostile, FanoutSession session)
    implements AutoCloseable {
  private static final String LARGE = "x".repeat(200_000);

  /** How long the operating system and a container may take for what they do at once. */
  static final Duration SOON = Duration.ofSeconds(2);

  private static final Duration LATE = Duration.ofSeconds(4);

  /** Connects both; the test closes them, and the node with them. */
  static Neighbours on(Node node) throws Exception {
    return on(node, () -> HostilePeer.connect(node, "hostile"));
  }

  /** The hostile one comes through a proxy. */
  static Neighbours on(Node node, FaultProxy proxy) throws Exception {
    return on(node, () -> HostilePeer.connect(node, "hostile", proxy));
  }

  private static Neighbours on(Node node, Callable<HostilePeer> connect) throws Exception {
    try {
      RecordingClient healthy = node.connect("healthy");
      HostilePeer hostile = connect.call();
      return new Neighbours(node, healthy, hostile, node.sessions("hostile").iterator().next());
    } catch (Exception | Error e) {
      node.close();
      throw e;
    }
  }

  /** Publishes large texts for both of them; the healthy one gets each before the next. */
  void publishLarge(int messages) throws Exception {
    for (int i = 0; i < messages; i++) {
      publish(List.of("hostile", "healthy"), i + LARGE);
    }
  }

  /** Publishes small texts for the healthy one only, which gets them all in order. */
  void publishSmall(int messages) throws Exception {
    for (int i = 0; i < messages; i++) {
      publish(List.of("healthy"), "small " + i);
    }
  }

  private void publish(List<String> users, String text) throws Exception {
    node.publish(users, text);
    assertThat(healthy.next()).isEqualTo("\"" + text + "\"");
    long bound = 2L * (node.fanout().config().sessionQueueMessages() + 1);
    assertThat(node.fanout().counters().pending()).isLessThanOrEqualTo(bound);
  }

  /** Waits until the hostile one's session has ended; the healthy one is served meanwhile. */
  void awaitEnded(Duration limit) throws Exception {
    long start = System.nanoTime();
    while (session.isOpen()) {
      publishSmall(1);
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as("the session of the hostile client is open")
          .isLessThan(limit);
    }
  }

  /** Waits until the operating system has the hostile one's socket back. */
  void awaitFreed(Duration limit) {
    await()
        .alias("the socket is free")
        .pollInterval(Duration.ofMillis(10))
        .atMost(limit)
        .until(() -> !hostile.isHeld());
  }

  /**
   * Waits until the hostile one's socket is free; the node counts it as closing until then.
   *
   * @param byItself whether the client has to go, as the container cannot free it
   */
  void awaitFreedAndCounted(boolean byItself, Duration limit) throws IOException {
    if (byItself) {
      assertThat(hostile.isHeld()).isTrue();
      assertThat(node.fanout().counters().closing()).isOne();
      hostile.reset();
    }
    AtomicLong countedNanos = new AtomicLong(System.nanoTime());
    await()
        .alias("the socket is free")
        .pollInterval(Duration.ofMillis(10))
        .atMost(limit)
        .until(
            () -> {
              if (node.fanout().counters().closing() > 0) {
                countedNanos.set(System.nanoTime());
              } else if (hostile.isHeld()) { // a container may report the end a moment before it
                assertThat(System.nanoTime() - countedNanos.get())
                    .as("a socket is held and not counted")
                    .isLessThan(LATE.toNanos());
              }
              return !hostile.isHeld();
            });
    ContainerContract.soon().until(() -> node.fanout().counters().closing() == 0);
  }

  /** Only the hostile one's session has ended, for this reason, and everything goes on. */
  void assertOnlyTheHostileOneEnded(Map<Integer, Long> disconnects) throws Exception {
    // A session is closed a moment before it is unregistered.
    ContainerContract.soon().until(() -> node.fanout().counters().sessions() == 1);
    assertThat(node.sessions("hostile")).isEmpty();
    publishSmall(20);
    // The last write may be reported after the client has read it.
    ContainerContract.soon().until(() -> node.fanout().counters().pending() == 0);
    FanoutCounters counters = node.fanout().counters();
    assertThat(counters.sessions()).isOne();
    assertThat(counters.disconnects()).isEqualTo(disconnects);
    assertThat(counters.dropped()).containsEntry(DropReason.LANE_FULL, 0L);
    assertThat(counters.gaps()).isZero();
    assertThat(counters.userCodeFailures()).isZero();
    assertThat(healthy.isClosed()).isFalse();
    assertThat(healthy.waiting()).isEmpty();
  }

  @Override
  public void close() throws Exception {
    try (hostile;
        healthy) {
      node.close();
    }
  }
}
