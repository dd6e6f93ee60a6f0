package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.Payload;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteCallback;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What 100,000 users on three nodes cost Redis. */
@Tag("full") // takes seconds
class PresenceAtRestTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final int USERS = 100_000;
  private static final Duration LIMIT = Duration.ofSeconds(120);

  /** Of probes and heartbeats, and of this test. */
  private static final Set<String> OTHERS =
      Set.of(
          "publish",
          "subscribe",
          "unsubscribe",
          "role",
          "hello",
          "ping",
          "client",
          "info",
          "config",
          "auth",
          "command");

  /** A client that does nothing; one object serves all sessions. */
  private static final class SilentTransport implements Transport {
    @Override
    public void write(Payload payload, WriteCallback callback) {
      callback.ok();
    }

    @Override
    public void close(Disconnect why, boolean force) {}
  }

  @Test
  void usersAtRestCostNoCommandsAndFewBytes() throws Exception {
    Transport silent = new SilentTransport();
    FanoutConfig config = FanoutConfig.builder(Nodes.CHANNEL).trackPresence(true).build();
    try (Nodes nodes = new Nodes(redis.uri(), config)) {
      List<RedisFanout> three = List.of(nodes.start(), nodes.start(), nodes.start());
      for (int i = 0; i < USERS; i++) {
        three.get(i % 3).open("user-%05d".formatted(i), silent); // ids of ten characters
      }
      long start = System.nanoTime();
      FaultRig.within(LIMIT).until(() -> sum("HLEN") == USERS);
      System.out.printf("written after %.1f s%n", (System.nanoTime() - start) / 1e9);

      double bytes = (double) sum("MEMORY', 'USAGE") / USERS;
      System.out.printf("%.1f bytes a user%n", bytes);
      assertThat(bytes).isLessThanOrEqualTo(30);

      redis.command("CONFIG", "RESETSTAT");
      start = System.nanoTime();
      FaultRig.within(LIMIT).until(() -> RedisStatistics.calls(redis, "evalsha") >= 12);
      double seconds = (System.nanoTime() - start) / 1e9;
      double rate = calls() / seconds;
      System.out.printf("%.1f commands a second%n", rate);
      assertThat(rate).isLessThanOrEqualTo(15);
      assertThat(RedisStatistics.calls(redis, "hset")).isZero();
    }
  }

  private static long sum(String command) {
    String script =
        """
        local sum = 0
        for i = 0, 4095 do
          sum = sum + (redis.call('%s', KEYS[1] .. i) or 0)
        end
        return sum
        """;
    String answer = redis.command("EVAL", script.formatted(command), "1", "chat:redis-fanout:p:");
    return Long.parseLong(answer.replaceAll("\\D", ""));
  }

  private static long calls() {
    return redis
        .command("INFO", "commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_"))
        .filter(line -> !OTHERS.contains(line.replaceAll("^cmdstat_(\\w+).*$", "$1")))
        .mapToLong(line -> Long.parseLong(line.replaceAll("^.*?:calls=(\\d+),.*$", "$1")))
        .sum();
  }
}
