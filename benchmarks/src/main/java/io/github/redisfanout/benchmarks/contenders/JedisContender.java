package io.github.redisfanout.benchmarks.contenders;

import io.github.redisfanout.OurDecoding;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.BinaryJedisPubSub;
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
  private final List<Runnable> unsubscribes = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  private JedisContender(Scene scene) {
    channel = scene.channel().getBytes(StandardCharsets.UTF_8);
  }

  static Contender start(Scene scene) throws InterruptedException {
    return start(scene, false);
  }

  static Contender startStreaming(Scene scene) throws InterruptedException {
    return start(scene, true);
  }

  private static Contender start(Scene scene, boolean streaming) throws InterruptedException {
    JedisContender contender = new JedisContender(scene);
    CountDownLatch subscribed = new CountDownLatch(scene.nodes().size());
    for (Map<String, Sink> sinks : scene.nodes()) {
      RedisClient client = RedisClient.create(scene.host(), scene.port());
      contender.clients.add(client);
      contender.listen(
          streaming
              ? contender.streaming(client, sinks, subscribed)
              : contender.trees(client, scene.channel(), sinks, subscribed));
    }
    if (!subscribed.await(10, TimeUnit.SECONDS)) {
      throw new IllegalStateException("Jedis has not subscribed within 10 s");
    }
    return contender;
  }

  private Runnable trees(
      RedisClient client, String channelName, Map<String, Sink> sinks, CountDownLatch subscribed) {
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
    unsubscribes.add(listener::unsubscribe);
    return () -> client.subscribe(listener, channelName);
  }

  private Runnable streaming(
      RedisClient client, Map<String, Sink> sinks, CountDownLatch subscribed) {
    OurDecoding decoding = new OurDecoding();
    BinaryJedisPubSub listener =
        new BinaryJedisPubSub() {
          @Override
          public void onSubscribe(byte[] name, int count) {
            subscribed.countDown();
          }

          @Override
          public void onMessage(byte[] name, byte[] message) {
            decoding.deliver(message, sinks, Sink::receive);
          }
        };
    unsubscribes.add(listener::unsubscribe);
    return () -> client.subscribe(listener, channel);
  }

  private void listen(Runnable subscription) {
    Thread thread = new Thread(subscription, "jedis-subscriber");
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }

  @Override
  public void publish(
      int node, List<String> userIds, Map<String, Object> payload, Outcome outcome) {
    clients.get(node).publish(channel, trees.encodeUtf8(userIds, payload));
    outcome.published();
  }

  @Override
  public void close() throws InterruptedException {
    for (Runnable unsubscribe : unsubscribes) {
      try {
        unsubscribe.run();
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
