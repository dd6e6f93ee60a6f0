package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.Payload;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Subscriber.State;
import io.github.redisfanout.WriteDone;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.checker.DeliveryChecker;
import io.github.redisfanout.it.checker.MessageText;
import io.github.redisfanout.it.checker.SessionRecord;
import io.github.redisfanout.testkit.RecordingTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A node with one session, and all that the node tells. Thread-safe. */
final class Ear implements FanoutListener, AutoCloseable {
  /** How much earlier than a fault the last sign of life may be, on a busy machine. */
  private static final Duration SLACK = Duration.ofSeconds(10);

  final RedisFanout node;
  private final int number;
  private final DeliveryChecker checker;
  private final SessionRecord session;
  private final Set<MessageText> received = ConcurrentHashMap.newKeySet();
  final RecordingTransport client =
      new RecordingTransport() {
        @Override
        public void write(Payload payload, WriteDone done) throws Exception {
          super.write(payload, done);
          MessageText text = MessageText.read(payload.text());
          received.add(text);
          checker.received(session, text.publisher(), text.number());
        }
      };
  private final List<State> states = new CopyOnWriteArrayList<>();
  private final List<Gap> gaps = new CopyOnWriteArrayList<>();
  private final List<Integer> gapsWhenSubscribed = new CopyOnWriteArrayList<>();

  /** The {@code number} is that of this node in the checker. */
  Ear(RedisEndpoint endpoint, FanoutConfig config, DeliveryChecker checker, int number)
      throws InterruptedException {
    this.number = number;
    this.checker = checker;
    session = checker.session(number);
    node = RedisFanout.builder(endpoint).config(config).listener(this).start();
    node.open(PublishLog.USER, client);
    assertThat(node.awaitReady(FaultRig.LIMIT)).isTrue();
    awaitState(State.SUBSCRIBED);
    session.opened(Instant.now());
  }

  @Override
  public void onState(State state, String reason) {
    if (state == State.SUBSCRIBED) {
      gapsWhenSubscribed.add(gaps.size());
    }
    states.add(state);
  }

  @Override
  public void onGap(Gap gap) {
    gaps.add(gap);
    checker.gap(number, gap);
  }

  List<Gap> gaps() {
    return List.copyOf(gaps);
  }

  /** Waits until this is the last state that was told. */
  void awaitState(State state) {
    FaultRig.within(FaultRig.LIMIT)
        .until(() -> !states.isEmpty() && states.get(states.size() - 1) == state);
  }

  /** Waits until so many gaps were told and the node hears again. */
  void awaitLosses(int losses) {
    FaultRig.within(FaultRig.LIMIT).until(() -> gaps.size() >= losses);
    awaitState(State.SUBSCRIBED);
  }

  boolean hears(PublishLog.Entry message) {
    return received.contains(message.id());
  }

  /** What a node was told in its whole life, in which it lost Redis so many times. */
  void assertLost(int times) {
    List<State> expected = new ArrayList<>(List.of(State.CONNECTING, State.SUBSCRIBED));
    List<Integer> gapsBefore = new ArrayList<>(List.of(0));
    for (int i = 1; i <= times; i++) {
      expected.addAll(List.of(State.RECONNECTING, State.SUBSCRIBED));
      gapsBefore.add(i);
    }
    expected.add(State.CLOSED);
    assertThat(states).isEqualTo(expected);
    assertThat(gapsWhenSubscribed).as("a gap is told before its end").isEqualTo(gapsBefore);
    assertThat(gaps)
        .hasSize(times)
        .allSatisfy(gap -> assertThat(gap.cause()).isEqualTo(Gap.Cause.CONNECTION_LOST))
        .allSatisfy(gap -> assertThat(gap.channels()).isEmpty());
    assertThat(node.counters().reconnects()).isEqualTo(times);
    assertThat(node.counters().gaps()).isEqualTo(times);
    assertThat(node.counters().dropped().values()).containsOnly(0L);
    assertThat(client.disconnects()).containsExactly(Disconnect.GOING_AWAY);
  }

  /** Whatever happened before: it is closed, and its client knows. */
  void assertClosed() {
    assertThat(states).last().isEqualTo(State.CLOSED);
    assertThat(states).containsOnlyOnce(State.CLOSED);
    assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DOWN);
    assertThat(node.health().bufferedMessages()).isZero();
    assertThat(client.disconnects()).containsExactly(Disconnect.GOING_AWAY);
  }

  /** The gap spans the fault, and little more. */
  static void assertSpans(Gap gap, Instant begin, Instant end) {
    assertThat(gap.from()).isBeforeOrEqualTo(begin).isAfter(begin.minus(SLACK));
    assertThat(gap.until()).isAfterOrEqualTo(end).isBeforeOrEqualTo(Instant.now());
  }

  @Override
  public void close() {
    node.close();
  }
}
