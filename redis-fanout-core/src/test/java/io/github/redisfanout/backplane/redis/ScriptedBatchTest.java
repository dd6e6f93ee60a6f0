package io.github.redisfanout.backplane.redis;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.reset;
import static org.mockito.Mockito.when;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.Recipients;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.stubbing.OngoingStubbing;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/** What Redis may answer to the script, and what follows for each of its messages. */
class ScriptedBatchTest {
  private static final byte[] SCRIPT = {'s'};
  private static final byte[] KEY = {'k'};
  private static final String EARLIER =
      "EXECABORT Transaction discarded because of previous errors.";

  private final OneConnection connection = mock(OneConnection.class);
  private final List<FakeCallback> callbacks = new ArrayList<>();
  private final List<QueuedPublish> unwritten = new ArrayList<>();
  private Set<String> subscribed = Set.of("c", "c:u:a");
  private final Outcomes outcomes = new Outcomes(channel -> subscribed.contains(channel));

  private Batch batch(Outgoing... messages) {
    List<QueuedPublish> taken = new ArrayList<>();
    for (Outgoing message : messages) {
      callbacks.add(new FakeCallback());
      taken.add(new QueuedPublish(message, callbacks.get(callbacks.size() - 1), 0));
    }
    return new Batch(connection, taken, SCRIPT, outcomes);
  }

  private static Outgoing common() {
    return new Outgoing("c", new byte[10]);
  }

  private static Outgoing targeted(String... channels) {
    return common().to(new Recipients("m", List.of(channels), null, true));
  }

  private static Outgoing counting(String... channels) {
    return common().to(new Recipients("m", List.of(channels), null, false));
  }

  private void answer(Object... answers) {
    reset(connection); // or the last answer would be given here
    OngoingStubbing<Object> stubbing = when(connection.getOne());
    for (Object answer : answers) {
      stubbing =
          answer instanceof RuntimeException e
              ? stubbing.thenThrow(e)
              : stubbing.thenReturn(answer instanceof String text ? text.getBytes() : answer);
    }
  }

  private static JedisDataException error(String words) {
    return new JedisDataException(words);
  }

  private @Nullable Refusal publish(Batch batch) {
    return batch.publish(unwritten::addAll, () -> {});
  }

  private List<String> ends() {
    return callbacks.stream().map(callback -> String.join(",", callback.reports)).toList();
  }

  @Test
  void everyNumberBelongsToItsMessage() {
    Batch batch = batch(targeted("c:u:a", "c:u:b"), common(), counting("c:u:a", "x"), common());
    answer("OK", "QUEUED", "QUEUED", List.of(0L, List.of(3L, 3L, 1L, 2L, 4L, 5L, 6L, 7L, 8L)));

    assertThat(batch.publishFenced(KEY, unwritten::addAll)).isNull();

    assertThat(ends()).containsExactly("published 3", "published 4", "published 5", "published 8");
    assertThat(callbacks.get(0).answers.get(0).subscribers(1)).isEqualTo(2);
    assertThat(callbacks.get(2).answers.get(0).subscribers(1)).isEqualTo(7);
    assertThat(outcomes.returningBytes()).as("c:u:a once and c thrice").isEqualTo(40);
    assertThat(outcomes.isUnheard()).isFalse();
  }

  @Test
  void onlyBytesOnChannelsOfThisNodeComeBack() {
    subscribed = Set.of("c:u:a");
    List<byte[]> copies = List.of(new byte[100], new byte[200]);
    Batch batch =
        batch(
            common(),
            common().to(new Recipients("m", List.of("c:u:a", "c:u:b"), copies, true)),
            targeted("c:u:b"));
    answer(List.of(0L, 0L, 0L, 1L, 1L, 0L));

    publish(batch);

    assertThat(outcomes.returningBytes()).isEqualTo(100);
    assertThat(outcomes.isUnheard()).as("this node does not subscribe to it").isFalse();
  }

  @Test
  void commonChannelOfThisNodeWithoutSubscribersIsNoticedByATargetedMessage() {
    Batch batch = batch(targeted("c:u:b"));
    answer(List.of(0L, 0L, 1L));

    publish(batch);

    assertThat(outcomes.isUnheard()).isTrue();
  }

  @Test
  void recipientWithoutSubscribersIsNothingToWorryAbout() {
    Batch batch = batch(targeted("c:u:a"));
    answer(List.of(2L, 2L, 0L));

    publish(batch);

    assertThat(ends()).containsExactly("published 0");
    assertThat(outcomes.isUnheard()).isFalse();
    assertThat(outcomes.returningBytes()).isZero();
  }

  @Test
  void channelThatIsRefusedAmongOthersLeavesItsMessageUnknown() {
    Batch batch = batch(targeted("c:u:a", "no"), targeted("no"), common(), counting("x"), common());
    answer(List.of(1L, 1L, 1L, error("NOPERM no"), error("NOPERM no"), 1L, error("NOPERM c"), 1L));

    publish(batch);

    assertThat(ends())
        .containsExactly(
            "UNKNOWN NOPERM no",
            "REJECTED NOPERM no",
            "published 1",
            "REJECTED NOPERM c",
            "published 1");
    assertThat(outcomes.returningBytes()).isEqualTo(30);
  }

  @Test
  void signsOfDetoursBelongToTheirMessage() {
    Batch batch =
        batch(common().withDetour("c:g:x"), targeted("c:g:y"), common().withDetour("c:g:z"));
    answer(List.of(2L, 2L, -2L, error("OOM"), -1L, 2L, 2L));

    publish(batch);

    assertThat(ends()).containsExactly("REJECTED OOM", "published 2", "published 2");
  }

  @ParameterizedTest
  @CsvSource({
    "NOSCRIPT No matching script. Please use EVAL., NO_SCRIPT",
    "NOPERM this user has no permissions to run the 'evalsha' command, SCRIPT_NOT_PERMITTED",
    "NOTCOUNTED ERR The user executing the script can't run this command, SCRIPT_NOT_PERMITTED",
    "ERR unknown command 'EVALSHA', SCRIPT_NOT_PERMITTED",
    "OOM command not allowed when used memory > 'maxmemory'., SCRIPT_NOT_PERMITTED",
    "BUSY Redis is busy running a script., NOT_NOW",
    "LOADING Redis is loading the dataset in memory, NOT_NOW",
    "MASTERDOWN Link with MASTER is down, NOT_NOW",
    "READONLY You can't write against a read only replica., REPLICA",
  })
  void errorWithWhichNothingWasExecutedLetsAllGoOutAgain(String words, Refusal.Reason reason) {
    Batch direct = batch(targeted("c:u:a"), common());
    answer(error(words));
    Refusal refused = requireNonNull(publish(direct));
    assertThat(refused.reason()).isEqualTo(reason);
    assertThat(refused.rest()).hasSize(2);

    Batch inExec = batch(targeted("c:u:a"), common());
    answer("OK", "QUEUED", "QUEUED", List.of(0L, error(words)));
    refused = requireNonNull(inExec.publishFenced(KEY, unwritten::addAll));
    assertThat(refused.reason()).isEqualTo(reason);
    assertThat(refused.rest()).hasSize(2);

    Batch withoutMulti = batch(targeted("c:u:a"), common());
    answer(error("NOPERM multi"), 0L, error(words), error("ERR EXEC without MULTI"));
    refused = requireNonNull(withoutMulti.publishFenced(KEY, unwritten::addAll));
    assertThat(refused.reason()).isEqualTo(Refusal.Reason.NO_FENCE);
    assertThat(refused.rest()).hasSize(2);

    assertThat(ends()).containsOnly("");
    assertThat(outcomes.returningBytes()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "NOPERM this user has no permissions, SCRIPT_NOT_PERMITTED",
    "ERR unknown command, SCRIPT_NOT_PERMITTED",
    "ERR whatever it is, SCRIPT_NOT_PERMITTED",
    "OOM command not allowed, NO_WRITES",
    "BUSY Redis is busy running a script., NOT_NOW",
  })
  void scriptThatCouldNotBeQueuedWasNotExecuted(String words, Refusal.Reason reason) {
    Batch batch = batch(targeted("c:u:a"), common());
    answer("OK", "QUEUED", error(words), error(EARLIER));

    Refusal refused = requireNonNull(batch.publishFenced(KEY, unwritten::addAll));

    assertThat(refused.reason()).isEqualTo(reason);
    assertThat(refused.rest()).hasSize(2);
    assertThat(ends()).containsOnly("");
  }

  @Test
  void fenceThatRefusesIsNoMatterOfTheScript() {
    Batch batch = batch(targeted("c:u:a"));
    answer("OK", error("READONLY You can't write"), "QUEUED", error(EARLIER));

    Refusal refused = requireNonNull(batch.publishFenced(KEY, unwritten::addAll));

    assertThat(refused.reason()).isEqualTo(Refusal.Reason.REPLICA);
    assertThat(refused.rest()).hasSize(1);
  }

  /** As 7.0 and 6.2 say it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ERR Script killed by user with SCRIPT KILL. script: abc, on @user_script:9.",
        "ERR Error running script (call to f_abc): @user_script:9: Script killed by user",
        "ERR something that no version says yet"
      })
  void scriptThatEndsInTheMiddleLeavesAllUnknown(String words) {
    Batch batch = batch(targeted("c:u:a"), common());
    answer("OK", "QUEUED", "QUEUED", List.of(0L, error(words)));

    assertThat(batch.publishFenced(KEY, unwritten::addAll)).isNull();

    assertThat(ends()).containsOnly("UNKNOWN " + words);
    assertThat(batch.death()).isNotNull();
  }

  @Test
  void answerThatIsTooShortLeavesTheRestUnknownAndEndsTheConnection() {
    Batch batch = batch(targeted("c:u:a"), targeted("c:u:a", "c:u:b"), common());
    answer(List.of(1L, 1L, 1L, 1L));

    assertThatThrownBy(() -> publish(batch))
        .hasMessage("the script was not answered with a result for each message");

    String unknown = "UNKNOWN the script was not answered with a result for each message";
    assertThat(ends()).containsExactly("published 1", unknown, unknown);
  }

  @Test
  void withoutAnAnswerNothingIsKnown() {
    Batch batch = batch(targeted("c:u:a"), common());
    answer(new JedisConnectionException("cut"));

    assertThatThrownBy(() -> publish(batch)).isInstanceOf(JedisConnectionException.class);

    assertThat(ends()).containsOnly("UNKNOWN cut");
  }

  @Test
  void messageThatWasTakenBackHasNoPartInTheScript() {
    Batch batch = batch(targeted("c:u:a"), targeted("c:u:b"), common());
    callbacks.get(0).takenBack = true;
    answer(List.of(1L, 1L, 5L, 1L));

    publish(batch);

    assertThat(ends()).containsExactly("", "published 5", "published 1");
  }
}
