package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.FanoutListener;
import io.github.redisfanout.PublishException;
import io.github.redisfanout.Receipt;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RecordingTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.core.ConditionFactory;

/** A started node with a session of alice's, and all events of its listener. */
final class ObservedNode implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** Generous, for busy machines; waiting for a socket's timeout would take longer. */
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);

  /** On a busy machine nothing but a fault may look like one. */
  private static final RedisConfig CONFIG =
      RedisConfig.builder().publishTimeout(LIMIT).readTimeout(Duration.ofSeconds(6)).build();

  private final Instant startedAt = Instant.now();
  private final List<ConnectionState> states = new CopyOnWriteArrayList<>();
  private final List<String> reasons = new CopyOnWriteArrayList<>();
  private final List<Gap> gaps = new CopyOnWriteArrayList<>();
  private final RecordingTransport alice = new RecordingTransport();
  private final RedisFanout fanout;

  ObservedNode(RedisEndpoint endpoint) {
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onReceiving(ConnectionState state, String reason) {
            states.add(state);
            reasons.add(reason);
          }

          @Override
          public void onGap(Gap gap) {
            gaps.add(gap);
          }
        };
    fanout =
        RedisFanout.builder(endpoint, FanoutConfig.of(Nodes.CHANNEL))
            .redis(CONFIG)
            .listener(listener)
            .start();
    fanout.open("alice", alice);
  }

  /** A node whose health is UP. */
  static ObservedNode up(RedisEndpoint endpoint) {
    ObservedNode node = new ObservedNode(endpoint);
    try {
      node.awaitUp();
      return node;
    } catch (RuntimeException | Error e) {
      node.close(); // or it would fail the tests after this one, too
      throw e;
    }
  }

  RedisFanout fanout() {
    return fanout;
  }

  /** Why receiving was not UP, each time; must not contain a secret. */
  List<String> reasons() {
    return reasons;
  }

  // ---- states

  /** What was reported last of receiving. */
  void assertState(ConnectionState expected) {
    awaiting().untilAsserted(() -> assertThat(states).last().isEqualTo(expected));
  }

  void awaitUp() {
    awaiting()
        .untilAsserted(
            () ->
                assertThat(fanout.health())
                    .returns(FanoutHealth.Status.UP, FanoutHealth::status)
                    .returns("", FanoutHealth::reason));
  }

  /** Waits until it receives and cannot publish, for a reason with these words in it. */
  void awaitUnableToPublish(String words) {
    awaiting()
        .untilAsserted(
            () -> {
              FanoutHealth health = fanout.health();
              assertThat(health.status()).isEqualTo(FanoutHealth.Status.DEGRADED);
              assertThat(health.reason()).contains("not publishing: ").contains(words);
            });
  }

  /** Waits until it does not receive, for a reason with these words in it. */
  void awaitDown(String words) {
    awaiting()
        .untilAsserted(
            () -> {
              FanoutHealth health = fanout.health();
              assertThat(health.status()).isEqualTo(FanoutHealth.Status.DOWN);
              assertThat(health.reason()).contains("not receiving: ").contains(words);
            });
  }

  // ---- what it publishes

  /** Publishes to alice on every node. */
  void publish(String text) throws InterruptedException {
    fanout.publisher().publishAndWait(List.of("alice"), text, LIMIT);
  }

  /** Publishes to alice; only this node is subscribed. */
  void assertFlows(String text) throws InterruptedException {
    Receipt receipt = fanout.publisher().publishAndWait(List.of("alice"), text, LIMIT);
    assertThat(receipt.nodes()).isEqualTo(1);
    awaitReceived(text);
  }

  /** Publishes something that Redis refuses. */
  PublishException publishRefused() {
    return failure(LIMIT);
  }

  /** Publishes something that has to wait, and gives up soon. */
  PublishException publishUnsent() {
    return failure(Duration.ofMillis(20));
  }

  private PublishException failure(Duration max) {
    return catchThrowableOfType(
        PublishException.class,
        () -> fanout.publisher().publishAndWait(List.of("alice"), "never", max));
  }

  // ---- what it received and reported

  void awaitReceived(String text) {
    alice.awaitText('"' + text + '"');
  }

  void assertReceived(String... texts) {
    assertThat(alice.texts())
        .containsExactly(List.of(texts).stream().map(t -> '"' + t + '"').toArray(String[]::new));
  }

  /** What a node reports that could not connect at first. */
  void assertConnectedLate() {
    assertStates(ConnectionState.CONNECTING, ConnectionState.DOWN, ConnectionState.UP);
    assertThat(gaps).as("gaps before the first subscription").isEmpty();
    assertThat(fanout.counters().reconnects()).isZero();
  }

  /**
   * What a node reports that lost its subscription once.
   *
   * @param fault when the connection was gone; the last message was received before
   * @param cure when the node could not receive again yet
   */
  void assertLostOnce(Instant fault, Instant cure) {
    assertStates(
        ConnectionState.CONNECTING, ConnectionState.UP, ConnectionState.DOWN, ConnectionState.UP);
    assertThat(gaps).hasSize(1);
    Gap gap = gaps.get(0);
    assertThat(gap.cause()).isEqualTo(Gap.Cause.CONNECTION_LOST);
    assertThat(gap.channels()).isEmpty();
    assertThat(gap.from()).isBetween(startedAt, fault);
    assertThat(gap.until()).isBetween(cure, Instant.now());
    assertThat(fanout.counters().gaps()).isEqualTo(1);
    assertThat(fanout.counters().reconnects()).isEqualTo(1);
  }

  /** The last state is reported after the gap, so nothing else is on its way. */
  void assertStates(ConnectionState... expected) {
    awaiting().untilAsserted(() -> assertThat(states).containsExactly(expected));
  }

  // ---- its end

  /**
   * Closes it while the fault lasts: in time, with an outcome for what waits, and no thread left.
   */
  void assertClosesAtOnce() {
    CompletableFuture<Receipt> waiting = fanout.publisher().publish(List.of("alice"), "never sent");
    Instant before = Instant.now();
    fanout.close(Duration.ofMillis(50));
    assertThat(Duration.between(before, Instant.now())).isLessThan(CLOSE_LIMIT);
    assertThat(waiting).isCompletedExceptionally();
    assertState(ConnectionState.CLOSED);
    awaiting().untilAsserted(() -> assertThat(Leftovers.threads()).isEmpty());
  }

  @Override
  public void close() {
    fanout.close();
  }

  private static ConditionFactory awaiting() {
    return await().atMost(LIMIT).pollInterval(Duration.ofMillis(5));
  }
}
