package io.github.redisfanout.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.backplane.PublishFailure;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Backplane} must do, also below two nodes; extend it in the tests of an
 * implementation.
 *
 * <p>Each test uses its own channels, so all tests can share one server. A test waits up to 10 s
 * for each result and closes every backplane it created.
 */
public abstract class BackplaneContract extends RoutedPublishContract {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  @Test
  void messageReachesEverySubscribedReceiverOnce() throws Exception {
    RecordingReceiver first = receiving(channel);
    RecordingReceiver second = receiving(channel);
    Backplane publisher = publishing();

    RecordingCallback callback = publish(publisher, channel, "hello");
    publish(publisher, channel, "end");

    callback.awaitPublished();
    first.awaitText("end");
    second.awaitText("end");
    assertThat(first.texts()).containsExactly("hello", "end");
    assertThat(second.texts()).containsExactly("hello", "end");
  }

  @Test
  void publisherReceivesItsOwnMessages() throws Exception {
    Backplane backplane = track(create());
    RecordingReceiver receiver = new RecordingReceiver();
    backplane.start(receiver);
    subscribe(backplane, channel);

    publish(backplane, channel, "hello");

    receiver.awaitText("hello");
  }

  @Test
  void bytesArriveUnchanged() throws Exception {
    RecordingReceiver receiver = receiving(channel);
    byte[] everyByte = new byte[256];
    IntStream.range(0, 256).forEach(i -> everyByte[i] = (byte) i);

    publishing().publish(new Outgoing(channel, everyByte), new RecordingCallback());

    await().atMost(LIMIT).until(() -> !receiver.messages().isEmpty());
    assertThat(receiver.messages().get(0).bytes()).isEqualTo(everyByte);
    assertThat(receiver.messages().get(0).channel()).isEqualTo(channel);
  }

  @Test
  void messagesOfOnePublisherArriveInOrder() throws Exception {
    RecordingReceiver receiver = receiving(channel);
    Backplane publisher = publishing();
    List<String> texts = IntStream.range(0, 5_000).mapToObj(i -> "message " + i).toList();

    texts.forEach(text -> publish(publisher, channel, text));

    receiver.awaitText("message 4999");
    assertThat(receiver.texts()).isEqualTo(texts);
  }

  @Test
  void channelThatWasNotSubscribedIsNotReceived() throws Exception {
    RecordingReceiver receiver = receiving(channel);
    Backplane publisher = publishing();

    publish(publisher, channel + "*", "other");
    publish(publisher, channel, "own");

    receiver.awaitText("own");
    assertThat(receiver.texts()).containsExactly("own");
  }

  @Test
  void channelNameIsNotAPattern() throws Exception {
    RecordingReceiver receiver = receiving(channel + "*");
    Backplane publisher = publishing();

    publish(publisher, channel + "x", "other");
    publish(publisher, channel + "*", "own");

    receiver.awaitText("own");
    assertThat(receiver.texts()).containsExactly("own");
  }

  @Test
  void unsubscribedChannelIsNotReceivedAndOthersStillAre() throws Exception {
    Backplane backplane = track(create());
    RecordingReceiver receiver = new RecordingReceiver();
    backplane.start(receiver);
    subscribe(backplane, channel, channel + "-kept");
    Backplane publisher = publishing();

    get(backplane.unsubscribe(Set.of(channel)));
    publish(publisher, channel, "left");
    publish(publisher, channel + "-kept", "kept");

    receiver.awaitText("kept");
    assertThat(receiver.texts()).containsExactly("kept");
  }

  @Test
  void channelSubscribedAgainIsReceivedAgain() throws Exception {
    Backplane backplane = track(create());
    RecordingReceiver receiver = new RecordingReceiver();
    backplane.start(receiver);
    subscribe(backplane, channel);
    get(backplane.unsubscribe(Set.of(channel)));
    subscribe(backplane, channel);

    publish(publishing(), channel, "again");

    receiver.awaitText("again");
  }

  @Test
  void receiverThatThrowsReceivesTheNextMessage() throws Exception {
    RecordingReceiver receiver = new RecordingReceiver();
    receiver.throwOnNextMessage();
    Backplane backplane = track(create());
    backplane.start(receiver);
    subscribe(backplane, channel);
    Backplane publisher = publishing();

    publish(publisher, channel, "thrown at");
    publish(publisher, channel, "next");

    receiver.awaitText("next");
    assertThat(receiver.gaps()).isEmpty();
  }

  @Test
  void messageThatWasTakenBackIsNotSent() throws Exception {
    RecordingReceiver receiver = receiving(channel);
    Backplane publisher = publishing();
    RecordingCallback takenBack = new RecordingCallback();
    takenBack.takeBack();

    publisher.publish(outgoing(channel, "taken back"), takenBack);
    publish(publisher, channel, "sent");

    receiver.awaitText("sent");
    assertThat(receiver.texts()).containsExactly("sent");
    assertThat(takenBack.reports()).isZero();
  }

  @Test
  void everyCallbackIsCalledOnce() throws Exception {
    Backplane publisher = publishing();

    List<RecordingCallback> callbacks =
        IntStream.range(0, 1_000).mapToObj(i -> publish(publisher, channel, "m" + i)).toList();

    for (RecordingCallback callback : callbacks) {
      callback.awaitPublished();
      assertThat(callback.reports()).isEqualTo(1);
      assertThat(callback.answer())
          .isNotNull()
          .satisfies(answer -> assertThat(answer.nodes()).isNotNegative());
    }
  }

  @Test
  void publishBeforeStartIsRejected() {
    RecordingCallback callback = publish(track(create()), channel, "early");

    assertThat(callback.failure()).isEqualTo(PublishFailure.REJECTED);
  }

  @Test
  void publishAfterCloseIsRejected() {
    Backplane backplane = publishing();
    backplane.close();

    RecordingCallback callback = publish(backplane, channel, "late");

    assertThat(callback.failure()).isEqualTo(PublishFailure.REJECTED);
  }

  @Test
  void closeSendsWhatWaits() throws Exception {
    RecordingReceiver receiver = receiving(channel);
    Backplane publisher = publishing();
    List<RecordingCallback> callbacks =
        IntStream.range(0, 2_000).mapToObj(i -> publish(publisher, channel, "m" + i)).toList();

    publisher.close(LIMIT);

    receiver.awaitText("m1999");
    assertThat(receiver.texts()).hasSize(2_000);
    assertThat(callbacks).allSatisfy(callback -> assertThat(callback.failure()).isNull());
  }

  @Test
  void startingTwiceIsRefused() {
    Backplane backplane = publishing();

    assertThatThrownBy(backplane::startPublishing).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> backplane.start(new RecordingReceiver()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void startingAfterCloseIsRefused() {
    Backplane backplane = track(create());
    backplane.close();

    assertThatThrownBy(backplane::startPublishing).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closingTwiceAndBeforeStartIsAllowed() {
    Backplane backplane = track(create());

    assertThatCode(
            () -> {
              backplane.close();
              backplane.close();
            })
        .doesNotThrowAnyException();
  }

  @Test
  void publishingOnlyDoesNotReceive() {
    Backplane backplane = publishing();

    assertThatThrownBy(() -> get(backplane.subscribe(Set.of(channel))))
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(backplane.status().receiving().state()).isEqualTo(ConnectionState.IDLE);
  }

  @Test
  void statusFollowsTheLifecycle() throws Exception {
    Backplane backplane = track(create());
    assertThat(backplane.status().receiving().state()).isEqualTo(ConnectionState.IDLE);

    backplane.start(new RecordingReceiver());
    subscribe(backplane, channel);
    assertThat(backplane.status().receiving().state()).isEqualTo(ConnectionState.UP);
    await()
        .atMost(LIMIT)
        .until(() -> backplane.status().publishing().state() == ConnectionState.UP);

    backplane.close();
    assertThat(backplane.status().receiving().state()).isEqualTo(ConnectionState.CLOSED);
    assertThat(backplane.status().publishing().state()).isEqualTo(ConnectionState.CLOSED);
  }

  @Test
  void startPublishingReportsTheStateOfPublishing() {
    List<BackplaneStatus> statuses = new CopyOnWriteArrayList<>();
    Backplane backplane = track(create());

    backplane.startPublishing(statuses::add);
    await().atMost(LIMIT).until(() -> hasReported(statuses, ConnectionState.UP));

    backplane.close();
    await().atMost(LIMIT).until(() -> hasReported(statuses, ConnectionState.CLOSED));
    assertThat(statuses)
        .allSatisfy(
            status ->
                assertThat(status.receiving().state())
                    .isIn(ConnectionState.IDLE, ConnectionState.CLOSED));
  }

  @Test
  void startReportsTheStateOfBothDirections() throws Exception {
    RecordingReceiver receiver = new RecordingReceiver();
    Backplane backplane = track(create());
    backplane.start(receiver);
    subscribe(backplane, channel);

    await().atMost(LIMIT).until(() -> hasReported(receiver.statuses(), ConnectionState.UP));
    assertThat(receiver.statuses())
        .extracting(status -> status.receiving().state())
        .contains(ConnectionState.UP);

    backplane.close();
    await().atMost(LIMIT).until(() -> hasReported(receiver.statuses(), ConnectionState.CLOSED));
  }

  private static boolean hasReported(List<BackplaneStatus> statuses, ConnectionState publishing) {
    return statuses.stream().anyMatch(status -> status.publishing().state() == publishing);
  }

  @Test
  void statusListenerThatThrowsDoesNotStopPublishing() throws Exception {
    RecordingReceiver receiver = receiving(channel);
    Backplane publisher = track(create());
    publisher.startPublishing(
        status -> {
          throw new IllegalStateException("thrown by the test");
        });

    publish(publisher, channel, "hello").awaitPublished();

    receiver.awaitText("hello");
  }

  @Test
  void publishTimeoutIsKnownBeforeTheStartAndNeverNegative() {
    Backplane backplane = track(create());
    Duration timeout = backplane.publishTimeout();

    assertThat(timeout).isNotNull().isGreaterThanOrEqualTo(Duration.ZERO);
    backplane.startPublishing();
    assertThat(backplane.publishTimeout()).isEqualTo(timeout);
  }

  /** A node is DEGRADED when more than half of a limit is used, so the limits must be true. */
  @Test
  void statusHasTheLimitsOfWhatWaits() throws Exception {
    Backplane backplane = track(create());
    BackplaneStatus before = backplane.status();
    assertThat(before.maxBufferedMessages()).isPositive();
    assertThat(before.maxBufferedBytes()).isPositive();

    backplane.startPublishing();
    RecordingCallback callback = publish(backplane, channel, "hello");
    BackplaneStatus after = backplane.status();
    callback.awaitPublished();

    assertThat(after.maxBufferedMessages()).isEqualTo(before.maxBufferedMessages());
    assertThat(after.maxBufferedBytes()).isEqualTo(before.maxBufferedBytes());
    assertThat(after.bufferedMessages()).isBetween(0, after.maxBufferedMessages());
    assertThat(after.bufferedBytes()).isBetween(0L, after.maxBufferedBytes());
    assertThat(backplane.status().bufferedMessages()).isZero();
    assertThat(backplane.status().bufferedBytes()).isZero();
  }
}
