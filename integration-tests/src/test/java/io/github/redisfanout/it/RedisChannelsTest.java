package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.RecordingCallback;
import io.github.redisfanout.testkit.RecordingReceiver;
import io.github.redisfanout.testkit.RedisProcess;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Channels that come and go on one connection, and a Redis user with few rights. */
class RedisChannelsTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static void get(CompletionStage<Void> stage) throws Exception {
    stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static void publish(RedisBackplane backplane, String text) throws Exception {
    RecordingCallback callback = new RecordingCallback();
    backplane.publish(new Outgoing("a", text.getBytes(StandardCharsets.UTF_8)), callback);
    callback.awaitPublished();
  }

  @Test
  void nodeThatWantsNoChannelIsIdleAndMissesNothing() throws Exception {
    RecordingReceiver receiver = new RecordingReceiver();
    try (RedisBackplane backplane =
        new RedisBackplane(RedisEndpoint.of(redis.uri()), RedisConfig.defaults())) {
      backplane.start(receiver);
      get(backplane.subscribe(Set.of("a")));

      get(backplane.unsubscribe(Set.of("a")));

      await().until(() -> backplane.status().receiving().state() == ConnectionState.IDLE);
      assertThat(backplane.status().receiving().reason())
          .isEqualTo("there is no channel to receive");
      publish(backplane, "missed");
      get(backplane.subscribe(Set.of("a")));
      publish(backplane, "received");
      receiver.awaitText("received");
      assertThat(receiver.story()).containsExactly("received");
      assertThat(backplane.status().reconnects()).isZero();
    }
  }

  @Test
  void channelThatComesAndGoesReceivesOnceItsSubscribeIsDone() throws Exception {
    RecordingReceiver receiver = new RecordingReceiver();
    // With heartbeats between the subscribes.
    RedisConfig busy = RedisConfig.builder().readTimeout(Duration.ofMillis(1_500)).build();
    try (RedisBackplane backplane = new RedisBackplane(RedisEndpoint.of(redis.uri()), busy)) {
      backplane.start(receiver);
      get(backplane.subscribe(Set.of("a")));
      get(backplane.subscribe(Set.of("kept")));

      for (int round = 0; round < 1_000; round++) {
        CompletionStage<Void> left = backplane.unsubscribe(Set.of("a"));
        backplane.subscribe(Set.of("a")); // its confirmation must not be taken for that of the last
        backplane.unsubscribe(Set.of("a"));
        get(backplane.subscribe(Set.of("a")));
        publish(backplane, "round " + round);
        get(left);
      }

      receiver.awaitText("round 999");
      assertThat(receiver.messages()).hasSize(1_000);
      assertThat(receiver.gaps()).isEmpty();
    }
  }

  @Test
  void userWhoMayOnlyPublishKeepsItsConnection() throws Exception {
    redis.command("ACL", "SETUSER", "writer", "on", ">secret", "-@all", "+publish", "allchannels");
    String uri = "redis://writer:secret@127.0.0.1:" + redis.port();
    // ROLE is asked after an idle second.
    RedisConfig quick = RedisConfig.builder().readTimeout(Duration.ofSeconds(4)).build();
    try (RedisBackplane backplane = new RedisBackplane(RedisEndpoint.of(uri), quick)) {
      backplane.startPublishing();
      publish(backplane, "first");
      String before = connectionOfTheWriter();
      long refusedBefore = refusedRoles();
      await().atMost(Duration.ofSeconds(20)).until(() -> refusedRoles() > refusedBefore);

      publish(backplane, "second");

      assertThat(connectionOfTheWriter()).isEqualTo(before).startsWith("id=");
      assertThat(backplane.status().publishing().state()).isEqualTo(ConnectionState.UP);
    }
  }

  private static String connectionOfTheWriter() {
    return redis
        .command("CLIENT", "LIST")
        .lines()
        .filter(line -> line.contains("user=writer"))
        .map(line -> line.replaceAll(" .*", ""))
        .collect(Collectors.joining(" "));
  }

  private static long refusedRoles() {
    return redis
        .command("INFO", "commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_role:"))
        .map(line -> line.replaceAll("^.*rejected_calls=(\\d+),.*$", "$1"))
        .mapToLong(Long::parseLong)
        .sum();
  }
}
