package io.github.redisfanout.it.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.Fencing;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages that are larger than a node takes, or than Redis takes. */
@Timeout(240)
class LargeMessagesTest {
  private static final int MEGABYTE = 1 << 20;
  private static final String AFTER = "{\"target_user_ids\":[\"alice\"],\"payload\":\"after\"}";

  // ---- received

  @Test
  void aMessageOverTheLimitIsCountedAndTheNextOneArrives() throws Exception {
    List<String> told = new CopyOnWriteArrayList<>();
    RecordingTransport alice = new RecordingTransport();
    try (RedisProcess redis = unlimited();
        RedisFanout node =
            RedisFanout.builder(RedisEndpoint.of(redis.uri()), FanoutConfig.of(Nodes.CHANNEL))
                .listener(
                    new FanoutListener() {
                      @Override
                      public void onMalformedMessage(String rule) {
                        told.add(rule);
                      }
                    })
                .start()) {
      node.open("alice", alice);
      assertThat(node.awaitReady(FaultRig.LIMIT)).isTrue();

      publishZeros(redis, 20 * MEGABYTE);
      redis.command("PUBLISH", Nodes.CHANNEL, AFTER);

      alice.awaitText("\"after\"");
      assertThat(node.counters().received()).isEqualTo(2);
      assertThat(node.counters().malformed()).isEqualTo(1);
      assertThat(node.counters().gaps()).isZero();
      await()
          .atMost(FaultRig.LIMIT)
          .untilAsserted(
              () -> assertThat(told).containsExactly("over maxMessageBytes 1048576: 20971520"));
    }
  }

  /** Without the skipping, it ends with an OutOfMemoryError. */
  @Test
  @Tag("full")
  void messagesLargerThanTheHeapCostNothingButTheirTime() throws Exception {
    try (RedisProcess redis = unlimited()) {
      Process node =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx64m",
                  "-XX:+ExitOnOutOfMemoryError",
                  "-cp",
                  System.getProperty("java.class.path"),
                  SmallHeapNode.class.getName(),
                  redis.uri())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (BufferedReader out = new BufferedReader(new InputStreamReader(node.getInputStream()))) {
        assertThat(out.readLine()).isEqualTo("ready");
        for (int megabytes : new int[] {100, 300, 511}) {
          publishZeros(redis, megabytes * MEGABYTE);
        }
        redis.command("PUBLISH", Nodes.CHANNEL, AFTER);

        assertThat(out.readLine()).isEqualTo("received 4, malformed 3, delivered 1, gaps 0");
      } finally {
        node.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      }
    }
  }

  private static RedisProcess unlimited() {
    return RedisProcess.start("--client-output-buffer-limit", "pubsub 0 0 0");
  }

  /** Another party publishes this many NUL bytes. */
  private static void publishZeros(RedisProcess redis, int bytes) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", redis.port())) {
      OutputStream out = socket.getOutputStream();
      String head = "*3\r\n$7\r\nPUBLISH\r\n$%s\r\n%s\r\n$%s\r\n";
      out.write(head.formatted(Nodes.CHANNEL.length(), Nodes.CHANNEL, bytes).getBytes(US_ASCII));
      byte[] part = new byte[MEGABYTE];
      for (int left = bytes; left > 0; left -= part.length) {
        out.write(part, 0, Math.min(left, part.length));
      }
      out.write("\r\n".getBytes(US_ASCII));
      out.flush();
      assertThat(socket.getInputStream().read()).isEqualTo(':');
    }
  }

  // ---- published

  @ParameterizedTest
  @EnumSource(Fencing.class)
  void aPublishOverTheLimitOfRedisCostsTheOthersNothing(Fencing fencing) throws Exception {
    FanoutConfig config =
        FanoutConfig.builder(Nodes.CHANNEL)
            .maxMessageBytes(8 * MEGABYTE)
            .sessionQueueBytes(16 * MEGABYTE)
            .build();
    RecordingTransport alice = new RecordingTransport();
    try (RedisProcess redis = RedisProcess.start("--proto-max-bulk-len", "1mb");
        RedisFanout node =
            RedisFanout.builder(RedisEndpoint.of(redis.uri()), config)
                .redis(RedisConfig.builder().fencing(fencing).build())
                .start()) {
      node.open("alice", alice);
      assertThat(node.awaitReady(FaultRig.LIMIT)).isTrue();
      // Some are refused while they are written, some later.
      for (int bytes : new int[] {MEGABYTE, MEGABYTE + 1_000, 2 * MEGABYTE, 7 * MEGABYTE}) {
        List<CompletableFuture<Receipt>> small = new ArrayList<>();
        redis.pause(); // so that all of them wait together
        small.addAll(publish(node, 20));
        CompletableFuture<Receipt> large =
            node.publisher().publish(List.of("alice"), "x".repeat(bytes));
        small.addAll(publish(node, 20));
        redis.resume();

        for (CompletableFuture<Receipt> each : small) {
          assertThat(each).succeedsWithin(FaultRig.LIMIT);
        }
        assertThat(large)
            .failsWithin(FaultRig.LIMIT)
            .withThrowableOfType(ExecutionException.class)
            .havingCause()
            .withMessageMatching(
                "publish REJECTED: Redis takes no message of \\d+ bytes: "
                    + "ERR Protocol error: invalid bulk length");
      }
    }
  }

  private static List<CompletableFuture<Receipt>> publish(RedisFanout node, int count) {
    return Collections.nCopies(count, "small").stream()
        .map(text -> node.publisher().publish(List.of("alice"), text))
        .toList();
  }
}
