package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.redisfanout.backplane.redis.SubscriberCommand.Kind;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The test is the receiving thread and the command thread in one. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // our waits ignore interrupts
class ChannelsTest {
  private final Channels channels = new Channels();
  private final FakeTarget connection = new FakeTarget();

  private static final class FakeTarget implements Channels.Target {
    private boolean writable;
    private boolean heartbeatDue;
    private @Nullable String probeChannel; // null without probes
    private boolean disconnected;

    @Override
    public boolean isWritable() {
      return writable;
    }

    @Override
    public long nanosToHeartbeat() {
      return heartbeatDue ? 0 : TimeUnit.MINUTES.toNanos(1);
    }

    @Override
    public @Nullable String probeChannel() {
      return probeChannel;
    }

    @Override
    public void write(SubscriberCommand command) {
      throw new AssertionError("by the command thread only");
    }

    @Override
    public void disconnect() {
      disconnected = true;
    }
  }

  private CompletableFuture<Void> subscribe(String... names) {
    return channels.subscribe(List.of(names)).toCompletableFuture();
  }

  private CompletableFuture<Void> unsubscribe(String... names) {
    return channels.unsubscribe(List.of(names)).toCompletableFuture();
  }

  private void connect() {
    answer(begin());
  }

  private SubscriberCommand begin() {
    SubscriberCommand first = channels.begin(connection);
    assertThat(first).isNotNull();
    return first;
  }

  private void answer(SubscriberCommand command) {
    connection.writable = true;
    channels.answered(command);
    channels.completeDue();
  }

  /** What the command thread would write now. */
  private SubscriberCommand written() {
    Channels.Addressed next = channels.awaitCommand();
    assertThat(next).isNotNull();
    assertThat(next.target()).isSameAs(connection);
    return next.command();
  }

  private SubscriberCommand written(Kind kind, String... names) {
    SubscriberCommand command = written();
    assertThat(command.kind()).isEqualTo(kind);
    assertThat(command.channels()).containsExactly(names);
    return command;
  }

  private void assertNothingButAHeartbeatIsWritten() {
    channels.requestHeartbeat();
    assertThat(written().kind()).isEqualTo(Kind.HEARTBEAT);
    channels.requestHeartbeat();
    assertThat(written().kind()).isEqualTo(Kind.HEARTBEAT);
  }

  private static String[] names(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toArray(String[]::new);
  }

  @Test
  void newConnectionBeginsWithAllThatIsWanted() {
    CompletableFuture<Void> done = subscribe("a", "b");
    CompletableFuture<Void> again = subscribe("a");

    SubscriberCommand first = begin();

    assertThat(first.channels()).containsExactly("a", "b");
    assertThat(first.completes()).isTrue();
    assertThat(done).isNotDone();
    answer(first);
    assertThat(done).isCompleted();
    assertThat(again).isCompleted();
    assertThat(subscribe("b", "a")).as("confirmed already").isCompleted();
  }

  @Test
  void channelAddedLaterIsDoneWhenItsOwnCommandIsConfirmed() {
    subscribe("a");
    connect();

    CompletableFuture<Void> done = subscribe("a", "b");

    SubscriberCommand command = written(Kind.SUBSCRIBE, "b");
    assertThat(done).isNotDone();
    answer(command);
    assertThat(done).isCompleted();
  }

  @Test
  void channelThatIsSubscribedIsDoneAgainOnceTheNextConnectionHasConfirmedIt() {
    subscribe("a");
    connect();
    channels.end();

    CompletableFuture<Void> again = subscribe("a");

    assertThat(again).as("not on the present connection").isNotDone();
    connect();
    assertThat(again).isCompleted();
  }

  @Test
  void subscribeThatLostItsConnectionHalfwayIsDoneWhenAllIsConfirmedOnOneConnection() {
    subscribe("a");
    connect();
    CompletableFuture<Void> done = subscribe("b", "c");
    answer(written(Kind.SUBSCRIBE, "b", "c"));
    CompletableFuture<Void> more = subscribe("b", "d");
    written(Kind.SUBSCRIBE, "d");

    channels.end();

    assertThat(done).isCompleted();
    assertThat(more).isNotDone();
    connect();
    assertThat(more).isCompleted();
  }

  @Test
  void manyChannelsGoOutInCommandsOfFiveHundredAndTheFirstOnesInTheFirst() {
    subscribe("common", "marker");
    subscribe(names("u", 1_700));
    connection.probeChannel = "probe";

    SubscriberCommand first = begin();

    assertThat(first.channels()).hasSize(501).startsWith("common", "marker").endsWith("probe");
    assertThat(first.completes()).isFalse();
    connection.writable = true;
    Set<String> all = new HashSet<>(first.channels());
    for (int expected : List.of(500, 500, 202)) {
      SubscriberCommand next = written();
      assertThat(next.kind()).isEqualTo(Kind.SUBSCRIBE);
      assertThat(next.channels()).hasSize(expected);
      assertThat(next.completes()).isFalse();
      all.addAll(next.channels());
    }
    assertThat(all).hasSize(1_703);
    assertThat(written(Kind.HEARTBEAT, "common").completes()).isTrue();
  }

  @Test
  void nothingIsDoneBeforeAllThatTheConnectionBeganWithIsConfirmed() {
    CompletableFuture<Void> common = subscribe("common");
    subscribe(names("u", 600));
    SubscriberCommand first = begin();

    answer(first);
    CompletableFuture<Void> again = subscribe("common");

    assertThat(common).isNotDone();
    assertThat(again).isNotDone();
    answer(written());
    answer(written(Kind.HEARTBEAT, "common"));
    assertThat(common).isCompleted();
    assertThat(again).isCompleted();
  }

  @Test
  void heartbeatDoesNotWaitForManyChannels() {
    subscribe("common");
    connect();
    subscribe(names("u", 20_000));
    written();

    channels.requestHeartbeat();

    written(Kind.HEARTBEAT, "common");
    assertThat(written().kind()).isEqualTo(Kind.SUBSCRIBE);
    connection.heartbeatDue = true;
    written(Kind.HEARTBEAT, "common");
  }

  @Test
  void channelThatIsUnsubscribedWhileTheConnectionBeginsIsNotSubscribed() {
    subscribe("common");
    subscribe(names("u", 1_000));
    SubscriberCommand first = begin();
    Set<String> rest = new HashSet<>(List.of(names("u", 1_000)));
    first.channels().forEach(rest::remove);

    CompletableFuture<Void> gone = unsubscribe(rest.toArray(String[]::new));

    assertThat(gone).isCompleted();
    answer(first);
    assertThat(written(Kind.HEARTBEAT, "common").completes()).isTrue();
  }

  @Test
  void channelsThatComeWhileTheConnectionBeginsFollowIt() {
    subscribe(names("u", 600));
    SubscriberCommand first = begin();
    CompletableFuture<Void> late = subscribe("late");
    answer(first);

    SubscriberCommand second = written();
    assertThat(second.channels()).hasSize(101).contains("late");
    answer(second);
    assertThat(late).isNotDone();
    answer(written());
    assertThat(late).isCompleted();
    assertNothingButAHeartbeatIsWritten();
  }

  @Test
  void confirmationOfAnEarlierSubscribeIsNotTakenForTheLaterOne() {
    subscribe("kept");
    connect();
    subscribe("a");
    SubscriberCommand early = written(Kind.SUBSCRIBE, "a");
    unsubscribe("a");
    subscribe("a");
    CompletableFuture<Void> gone = unsubscribe("a");

    answer(early);

    assertThat(gone).isNotDone();
    SubscriberCommand leaving = written(Kind.UNSUBSCRIBE, "a");
    CompletableFuture<Void> again = subscribe("a");
    channels.completeDue();
    assertThat(gone).as("it is wanted again").isCompleted();
    answer(leaving);
    assertThat(again).isNotDone();
    answer(written(Kind.SUBSCRIBE, "a"));
    assertThat(again).isCompleted();
  }

  @Test
  void channelThatIsWantedAgainBeforeItsUnsubscribeIsWrittenStaysSubscribed() {
    subscribe("a", "b");
    connect();

    CompletableFuture<Void> gone = unsubscribe("a");
    CompletableFuture<Void> again = subscribe("a");

    assertThat(again).isCompleted();
    channels.completeDue();
    assertThat(gone).isCompleted();
    assertNothingButAHeartbeatIsWritten();
  }

  @Test
  void heartbeatIsNotASubscribeOfAChannelThatIsAboutToLeave() {
    subscribe("a");
    connect();
    subscribe("b");
    answer(written(Kind.SUBSCRIBE, "b"));
    channels.requestHeartbeat();
    unsubscribe("a");

    written(Kind.HEARTBEAT, "b");
    written(Kind.UNSUBSCRIBE, "a");
  }

  @Test
  void heartbeatIsNotTheFirstSubscribeOfItsChannel() {
    subscribe("a");
    connect();
    unsubscribe("a");
    SubscriberCommand leaving = written(Kind.UNSUBSCRIBE, "a");
    subscribe("a");
    channels.requestHeartbeat();

    answer(leaving);

    written(Kind.SUBSCRIBE, "a");
    written(Kind.HEARTBEAT, "a");
  }

  @Test
  void unsubscribeBeforeTheConfirmationFailsTheWaitingSubscribe() {
    CompletableFuture<Void> waiting = subscribe("a");

    assertThat(unsubscribe("a")).as("nothing is received").isCompleted();

    assertThat(waiting).as("not on the caller's thread").isNotDone();
    channels.completeDue();
    assertThatThrownBy(waiting::join).hasRootCauseMessage("the channel was unsubscribed");
    assertThat(channels.isEmpty()).isTrue();
    assertThat(channels.begin(connection)).isNull();
  }

  @Test
  void subscribeOfSeveralFailsWhenOneOfThemIsUnsubscribed() {
    CompletableFuture<Void> shared = subscribe("common");
    CompletableFuture<Void> waiting = subscribe("common", "u1");
    CompletableFuture<Void> inOtherOrder = subscribe("u1", "common");

    unsubscribe("u1");

    channels.completeDue();
    assertThatThrownBy(waiting::join).hasRootCauseMessage("the channel was unsubscribed");
    assertThatThrownBy(inOtherOrder::join).hasRootCauseMessage("the channel was unsubscribed");
    assertThat(shared).isNotDone();
  }

  @Test
  void unsubscribeOfAChannelThatIsNotWantedIsDone() {
    subscribe("a");
    connect();

    assertThat(unsubscribe("b")).isCompleted();
  }

  @Test
  void endOfTheConnectionEndsItsUnsubscribesAndKeepsTheRest() {
    subscribe("a", "b");
    connect();
    CompletableFuture<Void> leaving = unsubscribe("a");
    CompletableFuture<Void> added = subscribe("c");

    channels.end();

    channels.completeDue();
    assertThat(leaving).isCompleted();
    assertThat(added).isNotDone();
    assertThat(channels.isWanted("a")).isFalse();
    assertThat(channels.isWanted("c")).isTrue();
    SubscriberCommand next = begin();
    assertThat(next.channels()).containsExactlyInAnyOrder("b", "c");
    answer(next);
    assertThat(added).isCompleted();
  }

  @Test
  void heartbeatIsASubscribeOfAChannelThatIsWanted() {
    subscribe("a");
    connect();
    connection.heartbeatDue = true;

    written(Kind.HEARTBEAT, "a");
    written(Kind.HEARTBEAT, "a");
  }

  @Test
  void lastChannelTakesTheProbesChannelAlong() {
    connection.probeChannel = "probe";
    subscribe("a");
    SubscriberCommand first = begin();
    assertThat(first.channels()).containsExactly("a", "probe");
    answer(first);

    CompletableFuture<Void> left = unsubscribe("a");

    SubscriberCommand last = written(Kind.UNSUBSCRIBE, "a");
    SubscriberCommand probe = written(Kind.UNSUBSCRIBE, "probe");
    answer(last);
    answer(probe);
    assertThat(left).isCompleted();
  }

  @Test
  void closeFailsWaitingSubscribesDisconnectsAndEndsEveryWait() throws Exception {
    CompletableFuture<Void> waiting = subscribe("a");
    begin();
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
    assertThat(channels.begin(connection)).isNull();
    assertThat(connection.disconnected).isTrue();
  }
}
