package io.github.redisfanout.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishAnswer;
import io.github.redisfanout.backplane.PublishCallback;
import io.github.redisfanout.backplane.PublishFailure;
import io.github.redisfanout.backplane.redis.RedisBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.RecordingReceiver;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every call in every state, as the third table of docs/lifecycle.md has it. */
class BackplaneLifecycleTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();

  private static final Set<String> CHANNELS = Set.of("channel");

  static Stream<LifecycleTable.Cell> backplane() throws IOException {
    return LifecycleTable.cells("A backplane");
  }

  @ParameterizedTest
  @MethodSource("backplane")
  void redisBackplaneDoesWhatTheDocumentSays(LifecycleTable.Cell cell) throws Exception {
    Backplane backplane = new RedisBackplane(RedisEndpoint.of(redis.uri()), RedisConfig.defaults());

    check(backplane, cell);

    Leftovers.assertNone(redis);
  }

  @ParameterizedTest
  @MethodSource("backplane")
  void inMemoryBackplaneDoesWhatTheDocumentSays(LifecycleTable.Cell cell) throws Exception {
    check(new InMemoryBackplane(), cell);

    Leftovers.assertNone(redis);
  }

  private static void check(Backplane backplane, LifecycleTable.Cell cell) throws Exception {
    try (backplane) {
      switch (cell.state()) {
        case "new" -> {}
        case "publishing" -> backplane.startPublishing();
        case "both" -> {
          backplane.start(new RecordingReceiver());
          await(backplane.subscribe(Set.of("another")));
        }
        case "closed" -> {
          backplane.start(new RecordingReceiver());
          backplane.close(Duration.ZERO);
        }
        default -> throw new AssertionError(cell.state());
      }
      assertThat(outcome(backplane, cell.call())).isEqualTo(cell.says());
    }
  }

  private static String outcome(Backplane backplane, String call) throws Exception {
    return switch (call) {
      case "`startPublishing()`" -> start(backplane::startPublishing);
      case "`start(receiver)`" -> start(() -> backplane.start(new RecordingReceiver()));
      case "`publish(message, callback)`" -> publish(backplane);
      case "`subscribe(channels)`" -> done("subscribed", backplane.subscribe(CHANNELS));
      case "`unsubscribe(channels)`" -> done("done", backplane.unsubscribe(CHANNELS));
      case "`status()`, receiving" -> backplane.status().receiving().state().name();
      case "`close(0)`" -> close(backplane, Duration.ZERO);
      case "`close(1 h)`" -> close(backplane, Duration.ofHours(1));
      default -> throw new AssertionError(call);
    };
  }

  private static String start(Runnable start) {
    try {
      start.run();
      return "starts";
    } catch (IllegalStateException e) {
      return "throws `" + e.getMessage() + "`";
    }
  }

  private static String publish(Backplane backplane) throws Exception {
    CompletableFuture<String> outcome = new CompletableFuture<>();
    backplane.publish(
        new Outgoing("channel", new byte[1]),
        new PublishCallback() {
          @Override
          public boolean claim() {
            return true;
          }

          @Override
          public void published(PublishAnswer answer) {
            outcome.complete("published");
          }

          @Override
          public void failed(PublishFailure failure, Throwable cause) {
            outcome.complete(failure + " `" + cause.getMessage() + "`");
          }
        });
    return outcome.get(20, TimeUnit.SECONDS);
  }

  private static String done(String word, CompletionStage<Void> stage) throws Exception {
    try {
      await(stage);
      return word;
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOf(IllegalStateException.class);
      return "fails";
    }
  }

  private static void await(CompletionStage<Void> stage) throws Exception {
    stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static String close(Backplane backplane, Duration limit) {
    ConnectionState before = backplane.status().publishing().state();
    backplane.close(limit);
    assertThat(backplane.status().publishing().state()).isEqualTo(ConnectionState.CLOSED);
    return before == ConnectionState.CLOSED ? "nothing" : "closes";
  }
}
