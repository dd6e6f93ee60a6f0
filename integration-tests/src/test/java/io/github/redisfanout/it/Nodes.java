package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Starts nodes on one Redis, waits until they hear, and closes them. */
public final class Nodes implements AutoCloseable {
  private final String uri;
  private final FanoutConfig config;
  private final List<AutoCloseable> open = new ArrayList<>();

  public Nodes(String uri, FanoutConfig config) {
    this.uri = uri;
    this.config = config;
  }

  public RedisFanout start() throws InterruptedException {
    return start(new FanoutListener() {});
  }

  public RedisFanout start(FanoutListener listener) throws InterruptedException {
    RedisFanout node =
        RedisFanout.builder(RedisEndpoint.of(uri)).config(config).listener(listener).start();
    open.add(node);
    assertThat(node.awaitReady(Duration.ofSeconds(10))).isTrue();
    return node;
  }

  public Publisher startPublisherOnly() {
    Publisher publisher = RedisFanout.publisher(uri, config);
    open.add(publisher);
    return publisher;
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable node : open) {
      node.close();
    }
  }
}
