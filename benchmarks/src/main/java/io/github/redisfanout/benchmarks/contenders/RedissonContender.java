package io.github.redisfanout.benchmarks.contenders;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.redisson.Redisson;
import org.redisson.api.RTopic;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/** Redisson topics, published to asynchronously: one client per node. */
final class RedissonContender implements Contender {
  private final List<RedissonClient> clients = new ArrayList<>();
  private final List<RTopic> topics = new ArrayList<>();
  private final TreeDecoding trees = new TreeDecoding();

  static Contender start(Scene scene) {
    RedissonContender contender = new RedissonContender();
    for (Map<String, Sink> sinks : scene.nodes()) {
      Config config = new Config();
      config.useSingleServer().setAddress(scene.uri());
      RedissonClient client = Redisson.create(config);
      contender.clients.add(client);
      RTopic topic = client.getTopic(scene.channel(), StringCodec.INSTANCE);
      topic.addListener(
          String.class, (channel, message) -> contender.trees.deliver(message, sinks));
      contender.topics.add(topic);
    }
    return contender;
  }

  @Override
  public void publish(
      int node, List<String> userIds, Map<String, Object> payload, Outcome outcome) {
    topics.get(node).publishAsync(trees.encode(userIds, payload)).whenComplete(outcome::done);
  }

  @Override
  public void close() {
    clients.forEach(RedissonClient::shutdown);
  }
}
