package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Outgoing;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/** Every message has one result and the thread survives, whatever happens to a connection. */
class PublishPipelineTest {
  private final RedisConfig config = RedisConfig.builder().fencing(Fencing.OFF).build();
  private final Dialer dialer = mock(Dialer.class);
  private final OneConnection first = mock(OneConnection.class);
  private final OneConnection second = mock(OneConnection.class);
  private final PublishBuffer buffer = new PublishBuffer(config);
  private final DirectionState state =
      new DirectionState(
          "Publishing", RedisEndpoint.of("redis://localhost"), Clock.systemUTC(), () -> {});
  private final PublishPipeline pipeline =
      new PublishPipeline(
          dialer,
          config,
          buffer,
          state,
          new SendWindow(() -> {}),
          new LinkEvents(event -> {}),
          channel -> true,
          () -> {});
  private final Thread thread = new Thread(pipeline, "pipeline-of-the-test");
  private final List<FakeCallback> callbacks = new ArrayList<>();

  /** Puts three messages before the pipeline starts, so that they are one batch. */
  private void start() {
    when(dialer.dial(any())).thenReturn(first).thenReturn(second);
    startConnecting();
  }

  private void startConnecting() {
    when(second.getOne()).thenReturn(1L);
    buffer.open();
    for (int i = 0; i < 3; i++) {
      callbacks.add(new FakeCallback());
      buffer.put(new Outgoing("channel", new byte[] {(byte) i}), callbacks.get(i));
    }
    thread.start();
  }

  @AfterEach
  void close() throws InterruptedException {
    buffer.beginClose(0);
    thread.join(TimeUnit.SECONDS.toMillis(10));
    assertThat(thread.isAlive()).isFalse();
    assertThat(state.current().state()).isEqualTo(ConnectionState.CLOSED);
    assertThat(callbacks).allSatisfy(callback -> assertThat(callback.reports).hasSize(1));
  }

  private List<String> ends() {
    await().until(() -> callbacks.stream().noneMatch(callback -> callback.reports.isEmpty()));
    return callbacks.stream().map(callback -> callback.reports.get(0)).toList();
  }

  private void failWriteOf(int number, Throwable failure) {
    doThrow(failure).when(first).sendCommand(publishOf(number));
  }

  /** A command of three words, whose last one is the message of this number. */
  private static CommandArguments publishOf(int number) {
    return argThat(
        command -> {
          List<byte[]> words = new ArrayList<>();
          command.forEach(word -> words.add(word.getRaw()));
          return words.size() == 3
              && Arrays.equals(words.get(0), Command.PUBLISH.getRaw())
              && Arrays.equals(words.get(2), new byte[] {(byte) number});
        });
  }

  @Test
  void everyAnswerBelongsToItsMessage() {
    when(first.getOne()).thenReturn(5L).thenThrow(new JedisDataException("NOPERM")).thenReturn(7L);
    start();

    assertThat(ends()).containsExactly("published 5", "REJECTED NOPERM", "published 7");
  }

  @Test
  void whatMayHaveLeftIsUnknownAndTheRestIsSentOnTheNextConnection() throws Exception {
    failWriteOf(1, new JedisConnectionException("cut"));
    start();

    assertThat(ends()).containsExactly("UNKNOWN cut", "UNKNOWN cut", "published 1");
    verify(first).cut();
  }

  @Test
  void answersThatDoNotComeLeaveTheirMessagesUnknown() {
    when(first.getOne()).thenReturn(5L).thenThrow(new JedisConnectionException("cut"));
    start();

    assertThat(ends()).containsExactly("published 5", "UNKNOWN cut", "UNKNOWN cut");
  }

  @Test
  void errorWhileWritingEndsNeitherTheThreadNorLosesAMessage() {
    failWriteOf(1, new NoClassDefFoundError("by the test"));
    start();

    assertThat(ends()).containsExactly("UNKNOWN by the test", "UNKNOWN by the test", "published 1");
  }

  @Test
  void errorWhileReadingEndsNeitherTheThreadNorLosesAMessage() {
    when(first.getOne()).thenThrow(new NoClassDefFoundError("by the test"));
    start();

    assertThat(ends()).containsOnly("UNKNOWN by the test");
    assertThat(state.current().state()).isNotEqualTo(ConnectionState.CLOSED);
  }

  @Test
  void errorWhileConnectingIsTriedAgain() {
    when(dialer.dial(any()))
        .thenThrow(new NoClassDefFoundError("a credentials provider's"))
        .thenReturn(second);
    startConnecting();

    assertThat(ends()).containsOnly("published 1");
  }

  @Test
  void messageTakenBackIsNotWritten() {
    when(first.getOne()).thenReturn(5L);
    FakeCallback takenBack = new FakeCallback();
    takenBack.takenBack = true;
    buffer.open();
    buffer.put(new Outgoing("channel", new byte[] {9}), takenBack);
    start();

    assertThat(ends()).containsOnly("published 5");
    assertThat(takenBack.reports).isEmpty();
    verify(first, never()).sendCommand(publishOf(9));
    verify(first).sendCommand(publishOf(0)); // so that the line above could have seen it
  }
}
