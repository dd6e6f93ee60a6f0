package io.github.redisfanout.benchmarks.contenders;

import io.github.redisfanout.OurDecoding;
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
import java.util.function.BiConsumer;

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
      contender.startNode(
          scene, StringCodec.UTF8, (name, text) -> contender.trees.deliver(text, sinks));
    }
    return contender;
  }

  static Contender startStreaming(Scene scene) {
    LettuceContender contender = new LettuceContender(scene);
    for (Map<String, Sink> sinks : scene.nodes()) {
      OurDecoding decoding = new OurDecoding();
      contender.startNode(
          scene, KEYS_AND_BYTES, (name, bytes) -> decoding.deliver(bytes, sinks, Sink::receive));
    }
    return contender;
  }

  private static final RedisCodec<String, byte[]> KEYS_AND_BYTES =
      RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

  private <V> void startNode(
      Scene scene, RedisCodec<String, V> codec, BiConsumer<String, V> onMessage) {
    RedisClient client = RedisClient.create(scene.uri());
    clients.add(client);
    publishing.add(client.connect(KEYS_AND_BYTES));
    StatefulRedisPubSubConnection<String, V> receiving = client.connectPubSub(codec);
    receiving.addListener(
        new RedisPubSubAdapter<String, V>() {
          @Override
          public void message(String name, V message) {
            onMessage.accept(name, message);
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
        .whenComplete(
            (receivers, failure) -> {
              if (failure == null) {
                outcome.published();
              } else {
                outcome.failed(failure);
              }
            });
  }

  @Override
  public void close() {
    for (RedisClient client : clients) {
      client.shutdown();
    }
  }
}
