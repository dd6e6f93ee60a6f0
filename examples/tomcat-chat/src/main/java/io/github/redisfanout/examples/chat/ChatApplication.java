package io.github.redisfanout.examples.chat;

import io.github.redisfanout.backplane.redis.RedisEndpoint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Starts the chat: a Redis if none is given, and one node per port, all in this JVM.
 *
 * <p>System properties: {@code redis.url} (or the environment's {@code REDIS_URL}; default: an
 * embedded real Redis), {@code chat.ports} (default {@code 8081,8082}; 0 is any free port), {@code
 * chat.address} (default {@code 127.0.0.1}).
 */
public final class ChatApplication implements AutoCloseable {
  // Kept, because java.util.logging forgets a level with its logger.
  private static final Logger TOMCAT_LOG = Logger.getLogger("org.apache");

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final List<ChatNode> nodes = new ArrayList<>();

  private ChatApplication() {}

  /**
   * Starts Redis, if no URL is given, and the nodes.
   *
   * @param redisUrl null for an embedded Redis
   */
  public static ChatApplication start(
      @Nullable String redisUrl, String address, List<Integer> ports) throws Exception {
    ChatApplication application = new ChatApplication();
    try {
      String url = redisUrl;
      if (url == null) {
        EmbeddedRedis redis = EmbeddedRedis.start();
        application.parts.push(redis);
        url = redis.url();
      }
      RedisEndpoint.of(url); // refuses a bad URL before anything quotes it, password and all
      for (int port : ports) {
        String name = "node-" + (application.nodes.size() + 1);
        ChatNode node = ChatNode.start(name, url, address, port);
        application.parts.push(node);
        application.nodes.add(node);
      }
      return application;
    } catch (Exception | Error e) {
      application.close();
      throw e;
    }
  }

  public List<ChatNode> nodes() {
    return nodes;
  }

  /** Closes the nodes, the last one first, then Redis. */
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        System.err.println("Closing failed: " + e);
      }
    }
  }

  public static void main(String[] args) throws Exception {
    TOMCAT_LOG.setLevel(Level.WARNING); // its start-up says nothing that a reader needs here
    String redisUrl = System.getProperty("redis.url", System.getenv("REDIS_URL"));
    String address = System.getProperty("chat.address", "127.0.0.1");
    ChatApplication application;
    try {
      application = start(redisUrl, address, ports(System.getProperty("chat.ports", "8081,8082")));
    } catch (Exception e) {
      System.err.println("The chat did not start: " + e.getMessage());
      throw e;
    }
    CountDownLatch closed = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  application.close();
                  closed.countDown();
                },
                "chat-shutdown"));
    System.out.println("ready: " + String.join(" ", urls(application)));
    System.out.flush();
    closed.await(); // until Ctrl-C
  }

  private static List<String> urls(ChatApplication application) {
    return application.nodes.stream().map(ChatNode::url).toList();
  }

  private static List<Integer> ports(String text) {
    try {
      List<Integer> ports =
          Arrays.stream(text.split(",")).map(p -> Integer.valueOf(p.trim())).toList();
      if (ports.stream().allMatch(port -> port >= 0 && port <= 65_535)) {
        return ports;
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw new IllegalArgumentException("chat.ports must be port numbers, as in 8081,8082: " + text);
  }
}
