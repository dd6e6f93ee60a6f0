package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Receiver;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages read together are delivered together, in order, and before the next wait. */
@Timeout(60)
class BurstTest {
  private static final String CHANNEL = "c";
  private static final int LIMIT = 100_000;

  /** Messages, bursts, gaps and checkpoints in the order of the calls. */
  private final List<String> story = new CopyOnWriteArrayList<>();

  private final Receiver receiver =
      new Receiver() {
        @Override
        public void onMessages(List<Incoming> burst) {
          story.add(
              burst.stream()
                  .map(message -> new String(message.bytes(), StandardCharsets.UTF_8))
                  .collect(Collectors.joining(" ")));
        }

        @Override
        public int maxMessageBytes() {
          return LIMIT;
        }

        @Override
        public void onTooLarge(String channel, long bytes) {
          story.add("too-large-" + channel + "-" + bytes);
        }

        @Override
        public void onCheckpoint(Runnable reached) {
          story.add("checkpoint");
          reached.run();
        }

        @Override
        public void onGap(Gap gap) {
          story.add("gap");
        }

        @Override
        public void onStatus(BackplaneStatus status) {}
      };
  private final ScriptedRedis redis = redis();
  private final RedisBackplane backplane =
      new RedisBackplane(
          redis.endpoint(),
          RedisConfig.builder()
              .readTimeout(Duration.ofMinutes(5)) // no heartbeat, which is a third of it,
              .probeInterval(Duration.ZERO) // and no probe: only what the test writes arrives
              .build());

  private static ScriptedRedis redis() {
    try {
      return new ScriptedRedis();
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void subscribe() {
    backplane.start(receiver);
    backplane.subscribe(Set.of(CHANNEL));
  }

  @AfterEach
  void close() throws Exception {
    backplane.close(Duration.ZERO);
    redis.close();
  }

  private static String message(String text) {
    return ScriptedRedis.message(CHANNEL, text);
  }

  private List<String> messages() {
    return story.stream().flatMap(burst -> List.of(burst.split(" ")).stream()).toList();
  }

  @Test
  void messageIsDeliveredBeforeTheNextOneIsComplete() throws Exception {
    Socket connection = redis.awaitSubscribed();
    String second = message("second");
    for (int cut = 0; cut < second.length(); cut++) {
      story.clear();
      ScriptedRedis.write(connection, message("first") + second.substring(0, cut));

      await().pollDelay(Duration.ZERO).until(() -> messages().equals(List.of("first")));

      ScriptedRedis.write(connection, second.substring(cut));
      await().pollDelay(Duration.ZERO).until(() -> messages().equals(List.of("first", "second")));
    }
  }

  @Test
  void messagesThatCameTogetherAreOneBurst() throws Exception {
    Socket connection = redis.awaitSubscribed();

    ScriptedRedis.write(connection, message("1") + message("2") + message("3"));

    await().until(() -> messages().equals(List.of("1", "2", "3")));
    assertThat(story).containsExactly("1 2 3");
  }

  @Test
  void moreThanFitsIntoTheBuffersArrivesInOrder() throws Exception {
    Socket connection = redis.awaitSubscribed();
    List<String> texts =
        IntStream.range(0, 5_000).mapToObj(i -> i + "-" + "x".repeat(i % 200)).toList();

    ScriptedRedis.write(
        connection, texts.stream().map(BurstTest::message).collect(Collectors.joining()));

    await().atMost(Duration.ofSeconds(20)).until(() -> messages().size() == texts.size());
    assertThat(messages()).isEqualTo(texts);
  }

  @Test
  void messagesOverTheLimitAreSkippedInTheirPlace() throws Exception {
    Socket connection = redis.awaitSubscribed();
    String tooLarge = message("x".repeat(LIMIT + 1));
    String large = "y".repeat(LIMIT);

    ScriptedRedis.write(
        connection,
        message("1") + tooLarge + message("2") + message(large) + tooLarge + message("3"));

    await().until(() -> story.contains("3"));
    assertThat(messages())
        .containsExactly("1", "too-large-c-100001", "2", large, "too-large-c-100001", "3");
  }

  @Test
  void confirmationAmongMessagesKeepsItsPlace() throws Exception {
    redis.mute();
    Socket connection = redis.awaitSubscribed();
    backplane.subscribe(Set.of("other"));

    await().until(() -> backplane.status().receiving().state() == ConnectionState.UP);
    awaitAsked();
    ScriptedRedis.write(
        connection,
        message("1") + message("2") + ScriptedRedis.confirmation("other") + message("3"));

    await().until(() -> story.contains("3"));
    assertThat(story).containsExactly("1 2", "checkpoint", "3");
  }

  private void awaitAsked() {
    await().until(() -> redis.asked() > 0);
  }

  @Test
  void messagesReadBeforeTheConnectionBreaksAreDeliveredBeforeTheGap() throws Exception {
    Socket connection = redis.awaitSubscribed();

    ScriptedRedis.write(connection, message("1") + message("2") + message("3").substring(0, 20));
    connection.shutdownOutput();

    ScriptedRedis.write(redis.awaitSubscribed(), message("4"));
    await().until(() -> story.contains("4"));
    assertThat(messages()).containsExactly("1", "2", "gap", "4");
  }

  @Test
  void messagesReadBeforeAnErrorAnswerAreDeliveredBeforeTheGap() throws Exception {
    Socket connection = redis.awaitSubscribed();

    ScriptedRedis.write(connection, message("1") + message("2") + "-ERR by the test\r\n");

    ScriptedRedis.write(redis.awaitSubscribed(), message("3"));
    await().until(() -> story.contains("3"));
    assertThat(messages()).containsExactly("1", "2", "gap", "3");
  }

  @Test
  void messagesReadBeforeMalformedBytesAreDeliveredBeforeTheGap() throws Exception {
    Socket connection = redis.awaitSubscribed();

    ScriptedRedis.write(connection, message("1") + message("2") + "nonsense\r\n");

    ScriptedRedis.write(redis.awaitSubscribed(), message("3"));
    await().until(() -> story.contains("3"));
    assertThat(messages()).containsExactly("1", "2", "gap", "3");
  }
}
