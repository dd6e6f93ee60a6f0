package io.github.redisfanout.it.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FaultPlanTest {
  @Test
  void theSameSeedGivesTheSameFaults() {
    assertThat(FaultPlan.redisFaults(7, 60_000, 3)).isEqualTo(FaultPlan.redisFaults(7, 60_000, 3));
    assertThat(FaultPlan.nodeFaults(7, 60_000, 3)).isEqualTo(FaultPlan.nodeFaults(7, 60_000, 3));
    assertThat(FaultPlan.redisFaults(7, 60_000, 3))
        .isNotEqualTo(FaultPlan.redisFaults(8, 60_000, 3));
  }

  @Test
  void everyKindComesWithinAMinuteAndLastsAsLongAsItMay() {
    List<Fault> faults = FaultPlan.redisFaults(1, 60_000, 3);
    for (FaultKind kind : FaultKind.values()) {
      assertThat(faults.stream().anyMatch(fault -> fault.kind() == kind))
          .as("%s", kind)
          .isEqualTo(kind.isOfRedis());
    }
    assertThat(faults)
        .allMatch(f -> f.millis() >= f.kind().minMillis && f.millis() <= f.kind().maxMillis)
        .allMatch(f -> f.node() >= 0 && f.node() < 3);
  }
}
