package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.redisfanout.backplane.redis.Channels.Command;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The test is the receiving thread and the command thread in one. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // our waits ignore interrupts
class ChannelsTest {
  private static final Duration HEARTBEAT = Duration.ofSeconds(5);

  private final Channels channels = new Channels();
  private final Subscription connection = mock(Subscription.class);

  @BeforeEach
  void noHeartbeatIsDue() {
    when(connection.isConfirmed()).thenReturn(true);
    when(connection.nanosToHeartbeat()).thenReturn(TimeUnit.MINUTES.toNanos(1));
  }

  private CompletableFuture<Void> subscribe(String... names) {
    return channels.subscribe(Set.of(names)).toCompletableFuture();
  }

  private CompletableFuture<Void> unsubscribe(String... names) {
    return channels.unsubscribe(Set.of(names)).toCompletableFuture();
  }

  private void connect() {
    channels.confirmed(channels.begin(connection));
  }

  /** What the command thread would write now. */
  private Command written(boolean subscribe, String channel) {
    Channels.Addressed next = channels.awaitCommand();
    assertThat(next).isNotNull();
    assertThat(next.target()).isSameAs(connection);
    assertThat(next.command().channel()).isEqualTo(channel);
    assertThat(next.command().kind() == Channels.Kind.SUBSCRIBE).isEqualTo(subscribe);
    return next.command();
  }

  @Test
  void newConnectionBeginsWithAllThatIsWanted() {
    CompletableFuture<Void> done = subscribe("a", "b");
    CompletableFuture<Void> again = subscribe("a");

    List<Command> first = channels.begin(connection);

    assertThat(first).extracting(Command::channel).containsExactlyInAnyOrder("a", "b");
    assertThat(done).isNotDone();
    channels.confirmed(first);
    assertThat(done).isCompleted();
    assertThat(again).isCompleted();
    assertThat(subscribe("b")).as("confirmed already").isCompleted();
  }

  @Test
  void channelAddedLaterIsDoneWhenItsOwnCommandIsConfirmed() {
    subscribe("a");
    connect();

    CompletableFuture<Void> done = subscribe("b");

    Command command = written(true, "b");
    assertThat(done).isNotDone();
    channels.confirmed(List.of(command));
    assertThat(done).isCompleted();
  }

  @Test
  void confirmationOfAnEarlierSubscribeIsNotTakenForTheLaterOne() {
    subscribe("kept", "a");
    connect();
    when(connection.nanosToHeartbeat()).thenReturn(0L);
    unsubscribe("kept");
    written(false, "kept");
    Command heartbeat = written(true, "a");
    when(connection.nanosToHeartbeat()).thenReturn(TimeUnit.MINUTES.toNanos(1));

    unsubscribe("a");
    CompletableFuture<Void> again = subscribe("a");
    channels.confirmed(List.of(heartbeat));

    assertThat(again).as("it is about to be unsubscribed").isNotDone();
    written(false, "a");
    Command second = written(true, "a");
    channels.unsubscribed("a");
    assertThat(again).isNotDone();
    channels.confirmed(List.of(second));
    assertThat(again).isCompleted();
  }

  @Test
  void confirmationOfAnEarlierUnsubscribeIsNotTakenForTheLaterOne() {
    subscribe("a", "b");
    connect();
    CompletableFuture<Void> first = unsubscribe("a");
    subscribe("a");
    CompletableFuture<Void> second = unsubscribe("a");

    channels.unsubscribed("a");

    assertThat(first).isCompleted();
    assertThat(second).isNotDone();
    channels.unsubscribed("a");
    assertThat(second).isCompleted();
  }

  @Test
  void unsubscribeBeforeTheConfirmationFailsTheWaitingSubscribe() {
    CompletableFuture<Void> waiting = subscribe("a");

    assertThat(unsubscribe("a")).as("nothing is received").isCompleted();

    assertThatThrownBy(waiting::join).hasRootCauseMessage("the channel was unsubscribed");
    assertThat(channels.isEmpty()).isTrue();
    assertThat(channels.begin(connection)).isEmpty();
  }

  @Test
  void unsubscribeOfAChannelThatIsNotWantedIsDone() {
    subscribe("a");
    connect();

    assertThat(unsubscribe("b")).isCompleted();
    channels.unsubscribed("b");
  }

  @Test
  void endOfTheConnectionEndsItsUnsubscribesAndKeepsTheRest() {
    subscribe("a", "b");
    connect();
    CompletableFuture<Void> leaving = unsubscribe("a");
    CompletableFuture<Void> added = subscribe("c");

    channels.end();

    assertThat(leaving).isCompleted();
    assertThat(added).isNotDone();
    List<Command> next = channels.begin(connection);
    assertThat(next).extracting(Command::channel).containsExactly("b", "c");
    channels.confirmed(next);
    assertThat(added).isCompleted();
  }

  @Test
  void heartbeatIsASubscribeOfAChannelThatIsWanted() {
    subscribe("a");
    connect();
    when(connection.nanosToHeartbeat()).thenReturn(0L);

    written(true, "a");
    written(true, "a");
  }

  @Test
  void commandsAreWrittenBeforeAHeartbeatAndInTheirOrder() {
    subscribe("a");
    connect();
    when(connection.nanosToHeartbeat()).thenReturn(0L);
    subscribe("b");
    unsubscribe("a");
    subscribe("a");

    written(true, "b");
    written(false, "a");
    written(true, "a");
    written(true, "b"); // a heartbeat
  }

  @Test
  void closeFailsWaitingSubscribesDisconnectsAndEndsEveryWait() throws Exception {
    CompletableFuture<Void> waiting = subscribe("a");
    channels.begin(connection);
    when(connection.isConfirmed()).thenReturn(false);
    CompletableFuture<Object> command =
        CompletableFuture.supplyAsync(
            () -> channels.awaitCommand() == null ? "closed" : "a command");
    CompletableFuture<String> pause =
        CompletableFuture.supplyAsync(
            () -> {
              channels.pause(TimeUnit.MINUTES.toNanos(1));
              return "closed";
            });

    channels.close();

    assertThat(command.get(10, TimeUnit.SECONDS)).isEqualTo("closed");
    assertThat(pause.get(10, TimeUnit.SECONDS)).isEqualTo("closed");
    assertThatThrownBy(waiting::join).hasRootCauseMessage("the backplane is closed");
    assertThatThrownBy(subscribe("b")::join).hasRootCauseMessage("the backplane is closed");
    assertThat(channels.awaitWanted()).isNull();
    assertThat(channels.begin(connection)).isEmpty();
    verify(connection).disconnect();
  }
}
