package io.github.redisfanout.it;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.BackplaneContract;
import io.github.redisfanout.testkit.RedisSentinels;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("full")
class SentinelBackplaneTest extends BackplaneContract {
  @RegisterExtension static final RedisSentinels redis = RedisSentinels.start();

  @Override
  protected Backplane create() {
    return new RedisBackplane(RedisEndpoint.of(redis.uri()), RedisConfig.defaults());
  }
}
