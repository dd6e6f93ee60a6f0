package io.github.redisfanout.it.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.CommonReason;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.MessageAuthentication;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Routing;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A few nodes with adaptive routing, and many subscribers that look like nodes without sessions, so
 * that messages for several users are targeted.
 */
final class RoutedNodes implements AutoCloseable {
  private static final int WITHOUT_SESSIONS = 20;

  private final Nodes started;
  private final List<RedisFanout> nodes = new ArrayList<>();
  private final List<ChannelReader> others = new ArrayList<>();

  RoutedNodes(RedisProcess redis, int count, Optional<MessageAuthentication> key)
      throws InterruptedException {
    FanoutConfig.Builder config =
        FanoutConfig.builder(Nodes.CHANNEL).routing(Routing.ADAPTIVE).sessionQueueMessages(100_000);
    key.ifPresent(config::authentication);
    started = new Nodes(redis.uri(), config.build());
    for (int i = 0; i < WITHOUT_SESSIONS; i++) {
      others.add(
          new ChannelReader(redis, false, Nodes.CHANNEL, Nodes.CHANNEL + ":redis-fanout:routed"));
    }
    for (int i = 0; i < count; i++) {
      nodes.add(started.start());
    }
  }

  RedisFanout get(int index) {
    return nodes.get(index % nodes.size());
  }

  Publisher publisher() {
    return nodes.get(0).publisher();
  }

  /** One that knows nothing yet. */
  Publisher newPublisher() throws InterruptedException {
    return started.startPublishOnly().publisher();
  }

  long targeted() {
    return publisher().counters().targeted();
  }

  long common(CommonReason reason) {
    return publisher().counters().common().getOrDefault(reason, 0L);
  }

  /** Publishes until messages are targeted, so that the publisher knows the nodes. */
  void awaitTargeted() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    long before = targeted();
    while (targeted() == before) {
      assertThat(System.nanoTime()).as("targeted in time").isLessThan(deadline);
      publisher().publishAndWait(List.of("nobody"), 0, Duration.ofSeconds(30));
    }
  }

  static void ready(FanoutSession session) {
    session.ready().orTimeout(30, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    started.close();
    others.forEach(ChannelReader::close);
  }
}
