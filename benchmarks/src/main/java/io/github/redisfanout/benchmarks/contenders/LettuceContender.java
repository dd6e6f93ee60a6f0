package io.github.redisfanout.benchmarks.contenders;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Lettuce with asynchronous publishing: one client per node, one connection for each direction, and
 * a listener that decodes and sends on Lettuce's own thread.
 */
final class LettuceContender implements Contender {
  private final List<RedisClient> clients = new ArrayList<>();
  private final List<StatefulRedisConnection<String, byte[]>> publishing = new ArrayList<>();
  private final TreeDecoding trees = new TreeDecoding();
  private final String channel;

  private LettuceContender(Scene scene) {
    channel = scene.channel();
  }

  static Contender start(Scene scene) {
    LettuceContender contender = new LettuceContender(scene);
    for (Map<String, Sink> sinks : scene.nodes()) {
      contender.startNode(scene, sinks);
    }
    return contender;
  }

  private void startNode(Scene scene, Map<String, Sink> sinks) {
    RedisClient client = RedisClient.create(scene.uri());
    clients.add(client);
    publishing.add(client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE)));
    StatefulRedisPubSubConnection<String, String> receiving = client.connectPubSub();
    receiving.addListener(
        new RedisPubSubAdapter<String, String>() {
          @Override
          public void message(String name, String message) {
            trees.deliver(message, sinks);
          }
        });
    receiving.sync().subscribe(channel);
  }

  @Override
  public void publish(
      int node, List<String> userIds, Map<String, Object> payload, Outcome outcome) {
    publishing
        .get(node)
        .async()
        .publish(channel, trees.encodeUtf8(userIds, payload))
        .whenComplete(outcome::done);
  }

  @Override
  public void close() {
    for (RedisClient client : clients) {
      client.shutdown();
    }
  }
}
