package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.FaultProxy;
import io.github.redisfanout.testkit.RecordingCallback;
import io.github.redisfanout.testkit.RedisProcess;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.DefaultJedisClientConfig;

/** What becomes of messages that wait when a backplane is closed. */
class RedisBackplaneCloseTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Outgoing MESSAGE = new Outgoing("channel", new byte[] {1});

  @Test
  void laterCloseDoesNotCutAnEarlierOneShort() throws Exception {
    try (FaultProxy proxy = FaultProxy.to(redis.port());
        RedisBackplane backplane = backplane("127.0.0.1", proxy.port(), 2_000)) {
      backplane.startPublishing();
      RecordingCallback before = new RecordingCallback();
      backplane.publish(MESSAGE, before);
      before.awaitPublished();
      proxy.stall(FaultProxy.Direction.SERVER_TO_CLIENT);
      RecordingCallback held = new RecordingCallback();
      backplane.publish(MESSAGE, held);
      FutureTask<?> first = inAThread(() -> backplane.close(LIMIT));
      awaitClosing(backplane);

      FutureTask<?> later = inAThread(() -> backplane.close(Duration.ZERO));
      later.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      assertThat(first.isDone()).isFalse();
      proxy.resume();

      held.awaitPublished();
      first.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
    Leftovers.assertNone(redis);
  }

  @Test
  void waitingMessagesAreRejectedAtTheLimitAlsoWhenConnectingTakesLonger() throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    FutureTask<?> closing;
    try (ServerSocket silent = new ServerSocket(0, 50, loopback)) {
      RedisBackplane backplane =
          backplane(loopback.getHostAddress(), silent.getLocalPort(), 60_000);
      backplane.startPublishing();
      RecordingCallback waiting = new RecordingCallback();
      backplane.publish(MESSAGE, waiting);

      closing = inAThread(() -> backplane.close(Duration.ofMillis(10)));

      await().atMost(Duration.ofSeconds(4)).until(() -> waiting.reports() == 1);
      assertThat(waiting.failure()).isEqualTo(PublishFailure.REJECTED);
      assertThat(closing.isDone()).isFalse();
    }
    closing.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    Leftovers.assertNone(redis);
  }

  private static RedisBackplane backplane(String host, int port, int timeoutMillis) {
    DefaultJedisClientConfig config =
        DefaultJedisClientConfig.builder().socketTimeoutMillis(timeoutMillis).build();
    return new RedisBackplane(
        RedisEndpoint.withJedis(host, port, config),
        RedisConfig.builder().publishTimeout(LIMIT).build());
  }

  private static void awaitClosing(RedisBackplane backplane) {
    await()
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              RecordingCallback probe = new RecordingCallback();
              backplane.publish(MESSAGE, probe);
              return probe.failure() == PublishFailure.REJECTED;
            });
  }

  private static FutureTask<?> inAThread(Runnable call) {
    FutureTask<?> task = new FutureTask<>(call, null);
    new Thread(task, "closing").start();
    return task;
  }
}
