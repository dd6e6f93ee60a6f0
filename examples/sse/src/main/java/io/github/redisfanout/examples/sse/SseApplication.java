package io.github.redisfanout.examples.sse;

import io.github.redisfanout.FanoutConfig;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Starts one node beside a Redis.
 *
 * <p>Of the environment it reads {@code REDIS_URL} (default {@code redis://localhost:6379}) and
 * {@code SERVER_PORT} (default 8093).
 */
public final class SseApplication {
  private SseApplication() {}

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(environment("SERVER_PORT", "8093"));
    SseNode node =
        SseNode.start(
            environment("REDIS_URL", "redis://localhost:6379"),
            FanoutConfig.of("sse-example"),
            port);
    CountDownLatch closed = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node, closed), "sse-shutdown"));
    System.out.println("ready: http://127.0.0.1:" + node.server().port() + "/events?user=alice");
    System.out.flush();
    closed.await(); // until Ctrl-C
  }

  private static void close(SseNode node, CountDownLatch closed) {
    try {
      node.close();
    } catch (Exception e) {
      System.err.println("Closing failed: " + e);
    } finally {
      closed.countDown();
    }
  }

  private static String environment(String name, String otherwise) {
    @Nullable String value = System.getenv(name);
    return value == null ? otherwise : value;
  }
}
