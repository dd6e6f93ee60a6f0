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
import io.github.redisfanout.Subscriber;
import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Leftovers;
import io.github.redisfanout.testkit.RecordingTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.core.ConditionFactory;

/** A started node with a session of alice's, and all that its listener was told. */
final class ObservedNode implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** Generous, for machines that are busy; who waits for a socket's time to be up waits longer. */
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);

  /** Comes back quickly; on a busy machine nothing but a fault may look like one. */
  private static final FanoutConfig QUICK =
      FanoutConfig.builder()
          .backplane(
              BackplaneConfig.builder()
                  .publishTimeout(LIMIT)
                  .heartbeatInterval(Duration.ofMillis(100))
                  .readTimeout(LIMIT)
                  .minBackoff(Duration.ofMillis(5))
                  .maxBackoff(Duration.ofMillis(50))
                  .build())
          .build();

  private final Instant startedAt = Instant.now();
  private final List<Subscriber.State> states = new CopyOnWriteArrayList<>();
  private final List<String> reasons = new CopyOnWriteArrayList<>();
  private final List<Gap> gaps = new CopyOnWriteArrayList<>();
  private final RecordingTransport alice = new RecordingTransport();
  private final RedisFanout fanout;

  ObservedNode(RedisEndpoint endpoint) {
    FanoutListener listener =
        new FanoutListener() {
          @Override
          public void onState(Subscriber.State state, String reason) {
            states.add(state);
            reasons.add(reason);
          }

          @Override
          public void onGap(Gap gap) {
            gaps.add(gap);
          }
        };
    fanout = RedisFanout.builder(endpoint).config(QUICK).listener(listener).start();
    fanout.open("alice", alice);
  }

  /** A node that hears. */
  static ObservedNode hearing(RedisEndpoint endpoint) {
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

  /** Nothing in here may be a secret. */
  List<String> reasons() {
    return reasons;
  }

  // ---- how it is

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

  /** Publishes to alice, who hears it on every node. */
  void publish(String text) throws InterruptedException {
    fanout.publisher().publishAndWait(List.of("alice"), text, LIMIT);
  }

  /** Publishes to alice on this node, and to nobody else. */
  void assertFlows(String text) throws InterruptedException {
    Receipt receipt = fanout.publisher().publishAndWait(List.of("alice"), text, LIMIT);
    assertThat(receipt.receivers()).isEqualTo(1);
    awaitHeard(text);
  }

  /** Publishes something that Redis refuses. */
  PublishException publishRefused() {
    return failure(LIMIT);
  }

  /** Publishes something that has to wait, and takes it back. */
  PublishException publishUnsent() {
    return failure(Duration.ofMillis(20));
  }

  private PublishException failure(Duration max) {
    return catchThrowableOfType(
        PublishException.class,
        () -> fanout.publisher().publishAndWait(List.of("alice"), "never", max));
  }

  // ---- what it heard and was told

  void awaitHeard(String text) {
    alice.awaitText('"' + text + '"');
  }

  void assertHeard(String... texts) {
    assertThat(alice.texts())
        .containsExactly(List.of(texts).stream().map(t -> '"' + t + '"').toArray(String[]::new));
  }

  /** The story of a node that could not connect at first. */
  void assertFirstHeardLate() {
    assertStates(Subscriber.State.CONNECTING, Subscriber.State.SUBSCRIBED);
    assertThat(gaps).as("it has never heard before").isEmpty();
    assertThat(fanout.counters().reconnects()).isZero();
  }

  /**
   * The story of a node that was deaf once.
   *
   * @param fault when the connection was gone: what it heard last it heard before
   * @param cure when it could not yet hear again
   */
  void assertDeafOnce(Instant fault, Instant cure) {
    assertStates(
        Subscriber.State.CONNECTING,
        Subscriber.State.SUBSCRIBED,
        Subscriber.State.RECONNECTING,
        Subscriber.State.SUBSCRIBED);
    assertThat(gaps).hasSize(1);
    Gap gap = gaps.get(0);
    assertThat(gap.cause()).isEqualTo(Gap.Cause.CONNECTION_LOST);
    assertThat(gap.channels()).isEmpty();
    assertThat(gap.from()).isBetween(startedAt, fault);
    assertThat(gap.until()).isBetween(cure, Instant.now());
    assertThat(fanout.counters().gaps()).isEqualTo(1);
    assertThat(fanout.counters().reconnects()).isEqualTo(1);
  }

  /** The last state comes after the gap, so with it all has been told. */
  void assertStates(Subscriber.State... expected) {
    awaiting().untilAsserted(() -> assertThat(states).containsExactly(expected));
  }

  // ---- its end

  /** Closes it while its fault lasts: soon, with an outcome for what waits, leaving no thread. */
  void assertClosesAtOnce() {
    CompletableFuture<Receipt> waiting =
        fanout.publisher().publish(List.of("alice"), "waits for ever");
    Instant before = Instant.now();
    fanout.close(Duration.ofMillis(50));
    assertThat(Duration.between(before, Instant.now())).isLessThan(CLOSE_LIMIT);
    assertThat(waiting).isCompletedExceptionally();
    assertThat(fanout.subscriber().state()).isEqualTo(Subscriber.State.CLOSED);
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
