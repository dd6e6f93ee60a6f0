package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.Payload;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.WriteCallback;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisConfig;
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

/** A node with one session, and everything that the node reports. Thread-safe. */
final class CheckedNode implements FanoutListener, AutoCloseable {
  /** How much earlier than a fault the last sign of life may be, on a busy machine. */
  private static final Duration SLACK = Duration.ofSeconds(10);

  final RedisFanout fanout;
  private final int number;
  private final DeliveryChecker checker;
  private final SessionRecord session;
  private final Set<MessageText> received = ConcurrentHashMap.newKeySet();
  final RecordingTransport client =
      new RecordingTransport() {
        @Override
        public void write(Payload payload, WriteCallback done) throws Exception {
          super.write(payload, done);
          MessageText text = MessageText.read(payload.text());
          received.add(text);
          checker.received(session, text.publisher(), text.number());
        }
      };
  private final List<ConnectionState> states = new CopyOnWriteArrayList<>();
  private final List<Gap> gaps = new CopyOnWriteArrayList<>();
  private final List<Integer> gapsWhenUp = new CopyOnWriteArrayList<>();

  /** The {@code number} is that of this node in the checker. */
  CheckedNode(
      RedisEndpoint endpoint,
      FanoutConfig config,
      RedisConfig redis,
      DeliveryChecker checker,
      int number)
      throws InterruptedException {
    this.number = number;
    this.checker = checker;
    session = checker.session(number);
    fanout = RedisFanout.builder(endpoint, config).redis(redis).listener(this).start();
    try {
      fanout.open(PublishLog.USER, client);
      assertThat(fanout.awaitReady(FaultRig.LIMIT)).as("ready").isTrue();
      awaitState(ConnectionState.UP);
    } catch (Throwable e) {
      fanout.close(); // or the tests after this one fail, too
      throw e;
    }
    session.opened(Instant.now());
  }

  @Override
  public void onReceiving(ConnectionState state, String reason) {
    if (state == ConnectionState.UP) {
      gapsWhenUp.add(gaps.size());
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

  /** Waits until this is the last state that was reported. */
  void awaitState(ConnectionState state) {
    FaultRig.within(FaultRig.LIMIT)
        .until(() -> !states.isEmpty() && states.get(states.size() - 1) == state);
  }

  /** Waits until this number of gaps was reported and the node receives again. */
  void awaitGaps(int expected) {
    FaultRig.within(FaultRig.LIMIT).until(() -> gaps.size() >= expected);
    awaitState(ConnectionState.UP);
  }

  boolean hasReceived(PublishLog.Entry message) {
    return received.contains(message.id());
  }

  /** Everything that a node reported in its life, if it lost its subscription this many times. */
  void assertLost(int times) {
    List<ConnectionState> expected =
        new ArrayList<>(List.of(ConnectionState.CONNECTING, ConnectionState.UP));
    List<Integer> gapsBefore = new ArrayList<>(List.of(0));
    for (int i = 1; i <= times; i++) {
      expected.addAll(List.of(ConnectionState.DOWN, ConnectionState.UP));
      gapsBefore.add(i);
    }
    expected.add(ConnectionState.CLOSED);
    assertThat(states).isEqualTo(expected);
    assertThat(gapsWhenUp).as("a gap is reported before UP").isEqualTo(gapsBefore);
    assertThat(gaps)
        .hasSize(times)
        .allSatisfy(gap -> assertThat(gap.cause()).isEqualTo(Gap.Cause.CONNECTION_LOST))
        .allSatisfy(gap -> assertThat(gap.channels()).isEmpty());
    assertThat(fanout.counters().reconnects()).isEqualTo(times);
    assertThat(fanout.counters().gaps()).isEqualTo(times);
    assertThat(fanout.counters().dropped().values()).containsOnly(0L);
    assertThat(client.disconnects()).containsExactly(Disconnect.GOING_AWAY);
  }

  /** Whatever happened before: it is closed, and its client was disconnected. */
  void assertClosed() {
    assertThat(states).last().isEqualTo(ConnectionState.CLOSED);
    assertThat(states).containsOnlyOnce(ConnectionState.CLOSED);
    assertThat(fanout.health().status()).isEqualTo(FanoutHealth.Status.DOWN);
    assertThat(fanout.health().bufferedMessages()).isZero();
    assertThat(client.disconnects()).containsExactly(Disconnect.GOING_AWAY);
  }

  /** The gap covers the fault, and little more. */
  static void assertSpans(Gap gap, Instant begin, Instant end) {
    assertThat(gap.from()).isBeforeOrEqualTo(begin).isAfter(begin.minus(SLACK));
    assertThat(gap.until()).isAfterOrEqualTo(end).isBeforeOrEqualTo(Instant.now());
  }

  @Override
  public void close() {
    fanout.close();
  }
}
