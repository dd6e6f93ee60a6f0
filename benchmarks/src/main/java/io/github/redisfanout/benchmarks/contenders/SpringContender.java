package io.github.redisfanout.benchmarks.contenders;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.listener.ChannelTopic;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;

/**
 * Spring Data Redis on Lettuce, its default: a template that publishes, a listener container.
 *
 * <p>The container gets one thread per node, as its documentation advises to configure: by default
 * it makes a new thread for every message, and then there is no order.
 */
final class SpringContender implements Contender {
  private final String channel;
  private final TreeDecoding trees = new TreeDecoding();
  private final List<LettuceConnectionFactory> factories = new ArrayList<>();
  private final List<RedisMessageListenerContainer> containers = new ArrayList<>();
  private final List<ExecutorService> executors = new ArrayList<>();
  private final List<StringRedisTemplate> templates = new ArrayList<>();

  private SpringContender(Scene scene) {
    channel = scene.channel();
  }

  static Contender start(Scene scene) {
    SpringContender contender = new SpringContender(scene);
    for (Map<String, Sink> sinks : scene.nodes()) {
      contender.startNode(scene, sinks);
    }
    return contender;
  }

  private void startNode(Scene scene, Map<String, Sink> sinks) {
    LettuceConnectionFactory factory = new LettuceConnectionFactory(scene.host(), scene.port());
    factory.afterPropertiesSet();
    factory.start();
    factories.add(factory);
    templates.add(new StringRedisTemplate(factory));

    ExecutorService executor = Executors.newSingleThreadExecutor();
    executors.add(executor);
    RedisMessageListenerContainer container = new RedisMessageListenerContainer();
    container.setConnectionFactory(factory);
    container.setTaskExecutor(executor);
    container.addMessageListener(
        (message, pattern) ->
            trees.deliver(new String(message.getBody(), StandardCharsets.UTF_8), sinks),
        new ChannelTopic(channel));
    container.afterPropertiesSet();
    container.start(); // waits until it has subscribed
    containers.add(container);
  }

  @Override
  public void publish(
      int node, List<String> userIds, Map<String, Object> payload, Outcome outcome) {
    templates.get(node).convertAndSend(channel, trees.encode(userIds, payload));
    outcome.done(null, null);
  }

  @Override
  public void close() {
    containers.forEach(RedisMessageListenerContainer::stop);
    factories.forEach(LettuceConnectionFactory::destroy);
    executors.forEach(ExecutorService::shutdownNow);
  }
}
