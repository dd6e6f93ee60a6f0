package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Starts nodes on one Redis, waits until they are ready, and closes them. */
public final class Nodes implements AutoCloseable {
  /** The channel of tests for which any will do. */
  public static final String CHANNEL = "chat";

  private final String uri;
  private final FanoutConfig config;
  private final RedisConfig redis;
  private final List<RedisFanout> open = new ArrayList<>();

  public Nodes(String uri, FanoutConfig config) {
    this(uri, config, RedisConfig.defaults());
  }

  public Nodes(String uri, FanoutConfig config, RedisConfig redis) {
    this.uri = uri;
    this.config = config;
    this.redis = redis;
  }

  public RedisFanout start() throws InterruptedException {
    return start(new FanoutListener() {});
  }

  public RedisFanout start(FanoutListener listener) throws InterruptedException {
    return ready(builder().listener(listener));
  }

  public RedisFanout startPublishOnly() throws InterruptedException {
    return ready(builder().publishOnly());
  }

  private RedisFanout.Builder builder() {
    return RedisFanout.builder(RedisEndpoint.of(uri), config).redis(redis);
  }

  private RedisFanout ready(RedisFanout.Builder builder) throws InterruptedException {
    RedisFanout node = builder.start();
    open.add(node);
    assertThat(node.awaitReady(Duration.ofSeconds(20))).isTrue();
    return node;
  }

  @Override
  public void close() {
    open.forEach(RedisFanout::close);
  }
}
