package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.List;

/** What closed nodes have left behind, which should be nothing. */
public final class Leftovers {
  private Leftovers() {}

  public static void assertNone(RedisProcess redis) {
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> assertThat(threads()).isEmpty());
    if (redis.isRunning()) {
      await()
          .atMost(Duration.ofSeconds(10))
          .pollInterval(Duration.ofMillis(5))
          .untilAsserted(() -> assertThat(connections(redis)).isEmpty());
    }
  }

  /** Our connections, by the name that they give themselves. */
  public static List<String> connections(RedisProcess redis) {
    return redis
        .command("CLIENT", "LIST")
        .lines()
        .filter(line -> line.contains("name=redis-fanout-"))
        .toList();
  }

  public static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("redis-fanout-"))
        .toList();
  }
}
