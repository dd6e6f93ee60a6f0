package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.BackplaneEvent;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.CapturedLog;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisProtocol;

/**
 * A Redis that does not know a command quotes its arguments; no log, error or health repeats them.
 */
class QuotedCommandsTest {
  private static final String USER = "marked-user";
  private static final Map<String, String> PAYLOAD = Map.of("text", "marked-text");
  private static final String PASSWORD = "marked-password";

  private final CapturedLog log = CapturedLog.open();
  private final List<String> texts = Collections.synchronizedList(new ArrayList<>());

  private final FanoutListener listener =
      new FanoutListener() {
        @Override
        public void onReceiving(ConnectionState state, String reason) {
          texts.add(reason);
        }

        @Override
        public void onPublishing(ConnectionState state, String reason) {
          texts.add(reason);
        }

        @Override
        public void onBackplaneEvent(BackplaneEvent event) {
          texts.add(event.toString());
        }
      };

  @AfterEach
  void nothingIsTold() {
    log.close();
    assertThat(log.everything()).doesNotContainIgnoringCase("marked");
    assertThat(texts).isNotEmpty();
    assertThat(texts.toString()).doesNotContainIgnoringCase("marked");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUBLISH", "PUBLISH MULTI", "PUBLISH DEL", "PUBLISH EXEC ROLE INFO"})
  void aRenamedCommandRevealsNoMessage(String commands) {
    try (RedisProcess redis = without(commands);
        RedisFanout node =
            RedisFanout.builder(
                    RedisEndpoint.of("redis://127.0.0.1:" + redis.port()),
                    FanoutConfig.of(Nodes.CHANNEL))
                .listener(listener)
                .start()) {

      Throwable refused =
          catchThrowable(() -> node.publisher().publish(List.of(USER), PAYLOAD).join());

      assertThat(refused).isInstanceOf(CompletionException.class);
      assertThat(refused.getCause()).hasMessage("publish REJECTED: ERR unknown command 'PUBLISH'");
      note(refused);
      await()
          .atMost(FaultRig.LIMIT)
          .until(() -> node.health().reason().contains("ERR unknown command 'PUBLISH'"));
      note(node);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RESP2", "RESP3"})
  void aRenamedLoginRevealsNoPassword(RedisProtocol protocol) {
    try (RedisProcess redis = without("AUTH HELLO");
        RedisFanout node =
            RedisFanout.builder(
                    RedisEndpoint.withJedis(
                        "127.0.0.1",
                        redis.port(),
                        DefaultJedisClientConfig.builder()
                            .user(USER)
                            .password(PASSWORD)
                            .protocol(protocol)
                            .build()),
                    FanoutConfig.of(Nodes.CHANNEL))
                .listener(listener)
                .start()) {
      await()
          .atMost(FaultRig.LIMIT)
          .until(() -> node.health().reason().contains("ERR unknown command"));
      note(
          catchThrowable(
              () ->
                  node.publisher().publishAndWait(List.of(USER), PAYLOAD, Duration.ofMillis(50))));
      note(node);
    }
  }

  @Test
  void aRefusedChannelRevealsNoMessage() {
    try (RedisProcess redis = RedisProcess.start()) {
      redis.command("ACL", "SETUSER", "chat", "reset", "on", "nopass", "resetchannels", "+publish");
      try (RedisFanout node =
          RedisFanout.builder(
                  RedisEndpoint.of("redis://chat:x@127.0.0.1:" + redis.port()),
                  FanoutConfig.of(Nodes.CHANNEL))
              .listener(listener)
              .publishOnly()
              .start()) {
        Throwable refused =
            catchThrowable(() -> node.publisher().publish(List.of(USER), PAYLOAD).join());

        assertThat(refused.getCause()).hasMessageStartingWith("publish REJECTED: NOPERM ");
        note(refused);
        note(node);
      }
    }
  }

  private static RedisProcess without(String commands) {
    List<String> arguments = new ArrayList<>();
    for (String command : commands.split(" ")) {
      arguments.addAll(List.of("--rename-command", command, "hidden-" + command));
    }
    return RedisProcess.start(arguments.toArray(String[]::new));
  }

  private void note(Throwable thrown) {
    StringWriter trace = new StringWriter();
    thrown.printStackTrace(new PrintWriter(trace));
    texts.add(trace.toString());
  }

  private void note(RedisFanout node) {
    texts.add(node.health().toString());
    texts.add(node.counters().toString());
  }
}
