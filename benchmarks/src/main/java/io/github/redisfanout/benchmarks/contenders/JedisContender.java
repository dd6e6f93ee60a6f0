package io.github.redisfanout.benchmarks.contenders;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;

/**
 * The original design ported to Jedis by hand: a pooled client that publishes one message at a time
 * and waits, and a subscribing thread per node that decodes and sends.
 */
final class JedisContender implements Contender {
  private final TreeDecoding trees = new TreeDecoding();
  private final byte[] channel;
  private final List<RedisClient> clients = new ArrayList<>();
  private final List<JedisPubSub> listeners = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  private JedisContender(Scene scene) {
    channel = scene.channel().getBytes(StandardCharsets.UTF_8);
  }

  static Contender start(Scene scene) throws InterruptedException {
    JedisContender contender = new JedisContender(scene);
    CountDownLatch subscribed = new CountDownLatch(scene.nodes().size());
    for (Map<String, Sink> sinks : scene.nodes()) {
      contender.startNode(scene, sinks, subscribed);
    }
    if (!subscribed.await(10, TimeUnit.SECONDS)) {
      throw new IllegalStateException("Jedis has not subscribed within 10 s");
    }
    return contender;
  }

  private void startNode(Scene scene, Map<String, Sink> sinks, CountDownLatch subscribed) {
    RedisClient client = RedisClient.create(scene.host(), scene.port());
    clients.add(client);
    JedisPubSub listener =
        new JedisPubSub() {
          @Override
          public void onSubscribe(String name, int count) {
            subscribed.countDown();
          }

          @Override
          public void onMessage(String name, String message) {
            trees.deliver(message, sinks);
          }
        };
    listeners.add(listener);
    Thread thread =
        new Thread(() -> client.subscribe(listener, scene.channel()), "jedis-subscriber");
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }

  @Override
  public void publish(
      int node, List<String> userIds, Map<String, Object> payload, Outcome outcome) {
    clients.get(node).publish(channel, trees.encodeUtf8(userIds, payload));
    outcome.done(null, null);
  }

  @Override
  public void close() throws InterruptedException {
    for (JedisPubSub listener : listeners) {
      try {
        listener.unsubscribe();
      } catch (RuntimeException e) {
        // Redis has cut the subscriber off already.
      }
    }
    for (Thread thread : threads) {
      thread.join(2_000);
    }
    clients.forEach(RedisClient::close);
  }
}
