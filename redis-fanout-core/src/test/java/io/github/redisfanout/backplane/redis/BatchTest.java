package io.github.redisfanout.backplane.redis;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.reset;
import static org.mockito.Mockito.when;

import io.github.redisfanout.backplane.Outgoing;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.stubbing.OngoingStubbing;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/** What Redis may answer to a transaction, and what follows for each of its messages. */
class BatchTest {
  private static final byte[] KEY = {'k'};
  private static final String EARLIER =
      "EXECABORT Transaction discarded because of previous errors.";

  private final OneConnection connection = mock(OneConnection.class);
  private final List<FakeCallback> callbacks = new ArrayList<>();
  private final Outcomes outcomes = new Outcomes(channel -> true);
  private final List<QueuedPublish> unwritten = new ArrayList<>();

  private Batch batch(int messages) {
    return new Batch(connection, queued(messages), null, outcomes);
  }

  private List<QueuedPublish> queued(int messages) {
    List<QueuedPublish> taken = new ArrayList<>();
    for (int i = 0; i < messages; i++) {
      callbacks.add(new FakeCallback());
      taken.add(new QueuedPublish(new Outgoing("c", new byte[10]), callbacks.get(i), 0));
    }
    return taken;
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

  private List<String> ends() {
    return callbacks.stream().map(callback -> String.join(",", callback.reports)).toList();
  }

  @Test
  void answersInTheArrayOfExecAreThoseOfTheMessages() {
    Batch batch = batch(3);
    answer("OK", "QUEUED", "QUEUED", "QUEUED", "QUEUED", List.of(0L, 2L, error("NOPERM c"), 0L));

    assertThat(batch.publishFenced(KEY, unwritten::addAll)).isNull();

    assertThat(ends()).containsExactly("published 2", "REJECTED NOPERM c", "published 0");
    assertThat(outcomes.returningBytes()).as("only what was executed").isEqualTo(20);
    assertThat(outcomes.isUnheard()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "LOADING Redis is loading the dataset in memory, NOT_NOW",
    "MASTERDOWN Link with MASTER is down, NOT_NOW",
    "BUSY Redis is busy, NOT_NOW",
    "READONLY You can't write against a read only replica., REPLICA",
    "NOREPLICAS Not enough good replicas to write., NO_REPLICAS",
    "OOM command not allowed, NO_WRITES",
    "MISCONF Redis is configured to save RDB snapshots, NO_WRITES",
    "NOPERM this user has no permissions, NO_FENCE",
    "MOVED 1234 127.0.0.1:7001, NO_FENCE",
    "ERR unknown command, NO_FENCE",
  })
  void causeStandsInTheQueuedAnswerOrBehindBecause(String cause, Refusal.Reason reason) {
    Batch queued = batch(1);
    answer("OK", error(cause), "QUEUED", error(EARLIER));
    Refusal refused = requireNonNull(queued.publishFenced(KEY, unwritten::addAll));
    assertThat(refused.reason()).isEqualTo(reason);
    assertThat(Refusal.words(refused.cause())).isEqualTo(cause);
    assertThat(refused.rest()).hasSize(1);

    callbacks.clear();
    Batch atExec = batch(1);
    answer("OK", "QUEUED", "QUEUED", error("EXECABORT Transaction discarded because of: " + cause));
    refused = requireNonNull(atExec.publishFenced(KEY, unwritten::addAll));
    assertThat(refused.reason()).isEqualTo(reason);
    assertThat(Refusal.words(refused.cause())).isEqualTo(cause);
    assertThat(callbacks.get(0).reports).as("it may go out again").isEmpty();
    assertThat(outcomes.returningBytes()).isZero();
  }

  @Test
  void whatFollowsARefusedMultiWasExecuted() {
    Batch batch = batch(2);
    answer(error("NOPERM multi"), 0L, 1L, error("NOPERM c"), error("ERR EXEC without MULTI"));

    Refusal refused = requireNonNull(batch.publishFenced(KEY, unwritten::addAll));

    assertThat(refused.reason()).isEqualTo(Refusal.Reason.NO_FENCE);
    assertThat(refused.rest()).isEmpty();
    assertThat(ends()).containsExactly("published 1", "REJECTED NOPERM c");
    assertThat(outcomes.returningBytes()).isEqualTo(10);
  }

  @Test
  void onlyTheMessageThatCouldNotBeQueuedIsRejected() {
    Batch batch = batch(3);
    answer("OK", "QUEUED", "QUEUED", error("NOPERM c"), "QUEUED", error(EARLIER));

    Refusal refused = requireNonNull(batch.publishFenced(KEY, unwritten::addAll));

    assertThat(refused.reason()).isEqualTo(Refusal.Reason.MESSAGES);
    assertThat(refused.rest()).hasSize(2);
    assertThat(ends()).containsExactly("", "REJECTED NOPERM c", "");
  }

  @Test
  void withoutAnAnswerToExecNothingIsKnown() {
    Batch batch = batch(2);
    answer("OK", "QUEUED", "QUEUED", "QUEUED", new JedisConnectionException("cut"));

    assertThatThrownBy(() -> batch.publishFenced(KEY, unwritten::addAll))
        .isInstanceOf(JedisConnectionException.class);

    assertThat(ends()).containsExactly("UNKNOWN cut", "UNKNOWN cut");
    assertThat(outcomes.returningBytes()).isZero();
  }

  /**
   * The commands are MULTI, DEL, two PUBLISH and EXEC; close may end the connection before each.
   */
  @ParameterizedTest
  @CsvSource({
    "1, UNKNOWN cut, ''",
    "2, UNKNOWN cut, ''",
    "3, UNKNOWN cut, ''",
    "4, UNKNOWN cut, UNKNOWN cut",
    "5, UNKNOWN cut, UNKNOWN cut"
  })
  void everyMessageHasAnOutcomeOrWaitsAgainIfACommandIsNotWritten(
      int failing, String first, String second) {
    AtomicInteger commands = new AtomicInteger();
    OneConnection cut =
        mock(
            OneConnection.class,
            call -> {
              if (call.getMethod().getName().equals("sendCommand")
                  && commands.incrementAndGet() == failing) {
                throw new JedisConnectionException("cut");
              }
              return null;
            });
    Batch batch = new Batch(cut, queued(2), null, outcomes);

    assertThatThrownBy(() -> batch.publishFenced(KEY, unwritten::addAll))
        .isInstanceOf(JedisConnectionException.class);

    assertThat(ends()).containsExactly(first, second);
    assertThat(unwritten).hasSize(second.isEmpty() ? 1 : 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"OK", "an empty array"})
  void answerThatIsNoneOfExecTellsNothing(String answer) {
    Batch batch = batch(1);
    answer("OK", "QUEUED", "QUEUED", answer.equals("OK") ? answer : List.of());

    assertThatThrownBy(() -> batch.publishFenced(KEY, unwritten::addAll))
        .isInstanceOf(JedisConnectionException.class)
        .hasMessage("EXEC was not answered with a result for each command");

    assertThat(ends())
        .singleElement()
        .asString()
        .isEqualTo("UNKNOWN EXEC was not answered with a result for each command");
  }

  @Test
  void answerThatIsNoNumberDoesNotCountAsPublished() {
    Batch batch = batch(2);
    answer("QUEUED", 3L);

    batch.publish(unwritten::addAll, () -> {});

    assertThat(callbacks.get(0).reports).singleElement().asString().startsWith("UNKNOWN PUBLISH");
    assertThat(callbacks.get(1).reports).containsExactly("published 3");
    assertThat(outcomes.returningBytes()).isEqualTo(10);
  }

  @Test
  void messagesThatAreWrittenHaveAnOutcomeEvenIfCountingThemFails() {
    Batch batch = batch(2);

    assertThatThrownBy(
            () ->
                batch.publish(
                    unwritten::addAll,
                    () -> {
                      throw new OutOfMemoryError("by the test");
                    }))
        .isInstanceOf(OutOfMemoryError.class);

    assertThat(ends()).containsOnly("UNKNOWN by the test");
  }

  @Test
  void nothingIsSentIfAllWereTakenBack() {
    Batch batch = batch(2);
    callbacks.forEach(callback -> callback.takenBack = true);

    assertThat(batch.publishFenced(KEY, unwritten::addAll)).isNull();

    assertThat(batch.isWritten()).isFalse();
    assertThat(ends()).containsOnly("");
  }
}
