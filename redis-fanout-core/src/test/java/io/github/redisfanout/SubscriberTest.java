package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SubscriberTest {
  private final FakeBackplane backplane = new FakeBackplane();
  private final List<String> story = new CopyOnWriteArrayList<>();
  private final FanoutListener listener =
      new FanoutListener() {
        @Override
        public void onReceiving(ConnectionState state, String reason) {
          story.add((state + " " + reason).trim());
        }

        @Override
        public void onGap(Gap gap) {
          story.add("gap " + gap.cause());
        }

        @Override
        public void onMalformedMessage(String rule) {
          story.add("malformed " + rule);
        }
      };
  private final Subscriber subscriber =
      new Subscriber(
          backplane,
          new InMemorySessionRegistry(),
          new JacksonPayloadEncoder(),
          FanoutConfig.builder("chat").lanes(1).build(),
          listener);

  @AfterEach
  void close() {
    subscriber.close(Duration.ZERO);
  }

  private void subscribed() {
    subscriber.start();
    backplane.receivingIs(ConnectionState.UP, "");
  }

  @Test
  void statesAreReportedInTheirOrder() throws Exception {
    assertThat(subscriber.state()).isEqualTo(ConnectionState.IDLE);
    subscriber.start();
    backplane.receivingIs(ConnectionState.CONNECTING, "connecting");
    assertThat(subscriber.state()).isEqualTo(ConnectionState.CONNECTING);
    assertThat(subscriber.awaitReady(Duration.ofMillis(1))).isFalse();
    backplane.receivingIs(ConnectionState.UP, "");
    assertThat(subscriber.awaitReady(ChronoUnit.FOREVER.getDuration())).isTrue();
    backplane.receivingIs(ConnectionState.DOWN, "reset");
    backplane.receivingIs(ConnectionState.DOWN, "refused");
    assertThat(subscriber.state()).isEqualTo(ConnectionState.DOWN);
    backplane.receivingIs(ConnectionState.UP, "");
    subscriber.close();
    backplane.receivingIs(ConnectionState.UP, "");

    assertThat(subscriber.state()).isEqualTo(ConnectionState.CLOSED);
    assertThat(story)
        .containsExactly("CONNECTING connecting", "UP", "DOWN reset", "UP", "CLOSED closed");
  }

  @Test
  void gapsAreCountedAndReported() {
    subscribed();

    backplane.receiver.onGap(
        new Gap(Set.of(), Instant.EPOCH, Instant.now(), Gap.Cause.CONNECTION_LOST));

    await().until(() -> story.contains("gap CONNECTION_LOST"));
    assertThat(subscriber.counters().gaps()).isEqualTo(1);
  }

  @Test
  void malformedMessageIsCountedReportedAndSkipped() {
    subscribed();
    FakeTransport alice = new FakeTransport();
    subscriber.open("alice", alice);

    backplane.receive("{");
    backplane.receive("[]");
    backplane.receive("{\"target_user_ids\":[\"alice\"],\"payload\":1}");

    await().until(() -> alice.texts().equals(List.of("1")));
    assertThat(subscriber.counters().received()).isEqualTo(3);
    assertThat(subscriber.counters().malformed()).isEqualTo(2);
    await().until(() -> story.contains("malformed not a JSON object"));
  }

  @Test
  void startIsRefusedTheSecondTimeAndAfterClose() {
    subscriber.start();
    assertThatThrownBy(subscriber::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("start: the subscriber was started before");

    subscriber.close();
    assertThatThrownBy(subscriber::start).hasMessage("start: the subscriber was closed before");
  }

  @Test
  void startThatFailsLeavesNoThread() {
    backplane.refusingToStart = true;
    long before = lanes();

    assertThatThrownBy(subscriber::start).hasMessage("start: it was started before");

    assertThat(subscriber.state()).isEqualTo(ConnectionState.CLOSED);
    await().until(() -> lanes() <= before);
  }

  private static long lanes() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().matches("redis-fanout-(lane-0|timer)"))
        .count();
  }

  @Test
  void openNeedsAStart() {
    assertThatThrownBy(() -> subscriber.open("alice", new FakeTransport()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("open: the node is not started; call start first");
  }

  @Test
  void closeBeforeStartTouchesNoBackplane() throws Exception {
    subscriber.close();
    subscriber.close();

    assertThat(backplane.unsubscribed).isEmpty();
    assertThat(subscriber.awaitReady(Duration.ofSeconds(1))).isFalse();
  }

  @Test
  void closeUnsubscribesOnceAndLeavesTheBackplaneOpen() {
    subscribed();
    FakeTransport alice = new FakeTransport();
    subscriber.open("alice", alice);

    subscriber.close(ChronoUnit.FOREVER.getDuration());
    subscriber.close();

    assertThat(backplane.unsubscribed).containsExactly("chat");
    assertThat(backplane.closed).isFalse();
    assertThat(alice.closes).containsExactly(Disconnect.GOING_AWAY);
    backplane.receive("{\"target_user_ids\":[\"alice\"],\"payload\":1}");
    assertThat(subscriber.counters().received()).isZero();
  }

  @Test
  void sessionOpenedAfterCloseIsSentAwayAtOnce() {
    subscribed();
    subscriber.close();
    FakeTransport late = new FakeTransport();

    assertThat(subscriber.open("alice", late).isOpen()).isFalse();

    await().until(() -> !late.closes.isEmpty());
    assertThat(late.closes).containsExactly(Disconnect.GOING_AWAY);
    assertThat(subscriber.counters().sessions()).isZero();
  }
}
