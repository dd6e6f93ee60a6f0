package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.backplane.BackplaneConfig;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.BackplaneStatus.Proof;
import io.github.redisfanout.backplane.BackplaneStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What decides how a node is. */
class FanoutHealthTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
  private static final Instant BEFORE = NOW.minusSeconds(100);
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final Direction UP = new Direction(State.UP, BEFORE, "");
  private static final Direction DOWN =
      new Direction(State.DOWN, NOW.minusSeconds(7), "Connection refused");
  private static final FanoutCounters COUNTERS = new Counters().snapshot(0);

  private static Proof proof(Instant heardUntil) {
    return new Proof(INTERVAL, Optional.of(heardUntil), Optional.of(Duration.ofMillis(3)));
  }

  private static FanoutHealth health(
      Direction receiving, Direction publishing, Proof proof, @Nullable String filling) {
    return FanoutHealth.of(
        new BackplaneStatus(receiving, publishing, 4, 500, 0, proof), null, filling, COUNTERS, NOW);
  }

  @Test
  void nodeWhoseProbesComeBackIsUp() {
    FanoutHealth health = health(UP, UP, proof(NOW.minus(INTERVAL)), null);

    assertThat(health)
        .isEqualTo(
            new FanoutHealth(
                FanoutHealth.Status.UP,
                "",
                BEFORE,
                Optional.of(Duration.ofMillis(3)),
                4,
                500,
                COUNTERS));
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
  void nodeThatDrainsSaysSoUnlessItIsDeaf() {
    BackplaneStatus degraded = new BackplaneStatus(UP, DOWN, 0, 0, 0, proof(NOW));
    BackplaneStatus deaf = new BackplaneStatus(DOWN, UP, 0, 0, 0, proof(NOW));

    assertThat(FanoutHealth.of(degraded, BEFORE, "lane 1 is filling", COUNTERS, NOW))
        .returns(FanoutHealth.Status.DRAINING, FanoutHealth::status)
        .returns("draining: 0 sessions left", FanoutHealth::reason)
        .returns(BEFORE, FanoutHealth::since);
    assertThat(FanoutHealth.of(deaf, BEFORE, null, COUNTERS, NOW).status())
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
    BackplaneConfig limits =
        BackplaneConfig.builder().publishBufferMessages(10).publishBufferBytes(1_000).build();

    assertThat(FanoutHealth.filling(buffered(5, 500), limits)).isNull();
    assertThat(FanoutHealth.filling(buffered(6, 0), limits))
        .isEqualTo("the publish buffer is filling: 6 of 10 messages, 0 of 1000 bytes");
    assertThat(FanoutHealth.filling(buffered(0, 501), limits)).contains("501 of 1000 bytes");
  }

  private static BackplaneStatus buffered(int messages, long bytes) {
    return new BackplaneStatus(UP, UP, messages, bytes, 0, Proof.NOT_WANTED);
  }
}
