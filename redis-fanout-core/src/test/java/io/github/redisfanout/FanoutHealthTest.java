package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.ConnectionState;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What decides how a node is. */
class FanoutHealthTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
  private static final Instant BEFORE = NOW.minusSeconds(100);
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final Direction UP = new Direction(ConnectionState.UP, BEFORE, "");
  private static final Direction DOWN =
      new Direction(ConnectionState.DOWN, NOW.minusSeconds(7), "Connection refused");
  private static final FanoutCounters COUNTERS = new FanoutCounters(new Counters(), 0, Map.of());

  private static Proof proof(Instant receivedUntil) {
    return new Proof(INTERVAL, Optional.of(receivedUntil), Optional.of(Duration.ofMillis(3)));
  }

  private static FanoutHealth health(
      Direction receiving, Direction publishing, Proof proof, @Nullable String filling) {
    BackplaneStatus status =
        BackplaneStatus.builder(receiving, publishing).buffered(4, 500).proof(proof).build();
    return FanoutHealth.of(status, true, null, filling, COUNTERS, NOW);
  }

  @Test
  void nodeWhoseProbesComeBackIsUp() {
    FanoutHealth health = health(UP, UP, proof(NOW.minus(INTERVAL)), null);

    assertThat(health.status()).isEqualTo(FanoutHealth.Status.UP);
    assertThat(health.reason()).isEmpty();
    assertThat(health.since()).isEqualTo(BEFORE);
    assertThat(health.roundTrip()).contains(Duration.ofMillis(3));
    assertThat(health.bufferedMessages()).isEqualTo(4);
    assertThat(health.bufferedBytes()).isEqualTo(500);
    assertThat(health.counters()).isSameAs(COUNTERS);
    assertThat(health).hasToString("UP");
  }

  @Test
  void nodeThatSendsNoProbesIsUpWithoutOne() {
    assertThat(health(UP, UP, Proof.NOT_WANTED, null).status()).isEqualTo(FanoutHealth.Status.UP);
  }

  @Test
  void notReceivingDecidesBeforeAnythingElse() {
    FanoutHealth health = health(DOWN, DOWN, proof(BEFORE), "the buffer is filling");

    assertThat(health.status()).isEqualTo(FanoutHealth.Status.DOWN);
    assertThat(health.reason()).isEqualTo("not receiving: Connection refused");
    assertThat(health.since()).isEqualTo(DOWN.since());
  }

  @Test
  void notPublishingIsDegraded() {
    FanoutHealth health = health(UP, DOWN, proof(NOW), null);

    assertThat(health.status()).isEqualTo(FanoutHealth.Status.DEGRADED);
    assertThat(health.reason()).isEqualTo("not publishing: Connection refused");
    assertThat(health.since()).isEqualTo(DOWN.since());
  }

  @Test
  void connectionOnWhichNoProbeHasComeBackIsDegraded() {
    Proof none = new Proof(INTERVAL, Optional.empty(), Optional.empty());

    assertThat(health(UP, UP, none, null))
        .returns(FanoutHealth.Status.DEGRADED, FanoutHealth::status)
        .returns("not proved yet: no probe has come back on this connection", FanoutHealth::reason);
  }

  @Test
  void nodeIsBehindWhenForThreeIntervalsNoProbeHasComeBack() {
    Instant edge = NOW.minus(INTERVAL.multipliedBy(3));

    assertThat(health(UP, UP, proof(edge), null).status()).isEqualTo(FanoutHealth.Status.UP);
    assertThat(health(UP, UP, proof(edge.minusMillis(1)), null))
        .returns(FanoutHealth.Status.DEGRADED, FanoutHealth::status)
        .returns(
            "behind: the last probe that came back is of 2026-01-31T11:59:44.999Z",
            FanoutHealth::reason);
  }

  @Test
  void nodeThatDrainsSaysSoUnlessItDoesNotReceive() {
    BackplaneStatus degraded = BackplaneStatus.builder(UP, DOWN).build();
    BackplaneStatus down = BackplaneStatus.builder(DOWN, UP).build();

    assertThat(FanoutHealth.of(degraded, true, BEFORE, "lane 1 is filling", COUNTERS, NOW))
        .returns(FanoutHealth.Status.DRAINING, FanoutHealth::status)
        .returns("draining: 0 sessions left", FanoutHealth::reason)
        .returns(BEFORE, FanoutHealth::since);
    assertThat(FanoutHealth.of(down, true, BEFORE, null, COUNTERS, NOW).status())
        .isEqualTo(FanoutHealth.Status.DOWN);
  }

  @Test
  void whatIsFillingIsDegraded() {
    assertThat(health(UP, UP, proof(NOW), "lane 1 is filling"))
        .returns(FanoutHealth.Status.DEGRADED, FanoutHealth::status)
        .returns("lane 1 is filling", FanoutHealth::reason)
        .returns(NOW, FanoutHealth::since);
  }

  @Test
  void publishBufferIsFillingWhenMoreThanHalfOfItIsTaken() {
    assertThat(buffered(5, 500)).hasToString("UP");
    assertThat(buffered(6, 0))
        .hasToString("DEGRADED (the publish buffer is filling: 6 of 10 messages, 0 of 1000 bytes)");
    assertThat(buffered(0, 501).reason()).contains("501 of 1000 bytes");
    assertThat(buffered(0, 501).since()).isEqualTo(NOW);
  }

  private static FanoutHealth buffered(int messages, long bytes) {
    BackplaneStatus status =
        BackplaneStatus.builder(UP, UP).buffered(messages, bytes).bufferLimits(10, 1_000).build();
    return FanoutHealth.of(status, true, null, null, COUNTERS, NOW);
  }

  @Test
  void nodeThatOnlyPublishesIsUpOrDownWithPublishing() {
    Direction idle = new Direction(ConnectionState.IDLE, NOW, "publishing only");
    BackplaneStatus up = BackplaneStatus.builder(idle, UP).build();
    BackplaneStatus down = BackplaneStatus.builder(idle, DOWN).build();

    assertThat(FanoutHealth.of(up, false, null, null, COUNTERS, NOW))
        .returns(FanoutHealth.Status.UP, FanoutHealth::status)
        .returns(BEFORE, FanoutHealth::since);
    assertThat(FanoutHealth.of(down, false, null, null, COUNTERS, NOW))
        .returns(FanoutHealth.Status.DOWN, FanoutHealth::status)
        .returns("not publishing: Connection refused", FanoutHealth::reason)
        .returns(DOWN.since(), FanoutHealth::since);
  }

  @Test
  void backplaneWithoutBufferLimitsIsNeverFilling() {
    BackplaneStatus status =
        BackplaneStatus.builder(UP, UP).buffered(1_000_000_000, 1L << 40).build();

    assertThat(FanoutHealth.of(status, true, null, null, COUNTERS, NOW)).hasToString("UP");
  }
}
