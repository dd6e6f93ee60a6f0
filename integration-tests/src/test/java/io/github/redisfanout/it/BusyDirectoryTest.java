package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.Directory;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.RedisProcess;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Very many questions at once, such as one for each request of a client. */
@Timeout(120)
class BusyDirectoryTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private final RedisBackplane backplane =
      new RedisBackplane(RedisEndpoint.of(redis.uri()), RedisConfig.defaults());

  @Test
  void nodeIsAnnouncedHoweverManyQuestionsWait() throws Exception {
    try (backplane) {
      backplane.startPublishing();
      Directory directory = backplane.directory().orElseThrow();
      ask(directory).get(30, TimeUnit.SECONDS);
      redis.command("CLIENT", "PAUSE", "500");
      int asked = 0;
      while (!ask(directory).isCompletedExceptionally()) {
        asked++;
        assertThat(asked).as("questions that wait").isLessThan(1_000_000);
      }

      CompletableFuture<Void> announced =
          directory.announce("chat", "node", Duration.ofMinutes(1)).toCompletableFuture();

      announced.get(60, TimeUnit.SECONDS);
      assertThat(directory.read("chat").toCompletableFuture().get(60, TimeUnit.SECONDS).live())
          .containsExactly("node");
    }
  }

  private static CompletableFuture<long[]> ask(Directory directory) {
    return directory.subscribers(List.of("chat:u:alice")).toCompletableFuture();
  }
}
