package io.github.redisfanout.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PlanTest {
  @Test
  void theSameSeedGivesTheSameFaults() {
    assertThat(Plan.onTheWay(7, 60_000, 3)).isEqualTo(Plan.onTheWay(7, 60_000, 3));
    assertThat(Plan.atHome(7, 60_000, 3)).isEqualTo(Plan.atHome(7, 60_000, 3));
    assertThat(Plan.onTheWay(7, 60_000, 3)).isNotEqualTo(Plan.onTheWay(8, 60_000, 3));
  }

  @Test
  void everyKindComesWithinAMinuteAndLastsAsLongAsItMay() {
    List<Fault> faults = Plan.onTheWay(1, 60_000, 3);
    for (FaultKind kind : FaultKind.values()) {
      assertThat(faults.stream().anyMatch(fault -> fault.kind() == kind))
          .as("%s", kind)
          .isEqualTo(kind.isOnTheWay());
    }
    assertThat(faults)
        .allMatch(f -> f.millis() >= f.kind().minMillis && f.millis() <= f.kind().maxMillis)
        .allMatch(f -> f.node() >= 0 && f.node() < 3);
  }
}
