package io.github.redisfanout.benchmarks.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CellTest {
  private final Cell cell = new Cell(64, 1);

  @Test
  void decisionIsComparedWithTheBetterWayOfTheSameRound() {
    round(40, 4, 5, 5);
    round(80, 8, 9, 9); // a busy machine makes all of them dearer
    round(40, 4, 4, 4);

    assertThat(cell.difference()).isEqualTo(10);
    assertThat(cell.againstBest()).isEqualTo(9.0 / 8);
    assertThat(cell.ratio(Contender.BROADCAST, Contender.ADAPTIVE)).isCloseTo(8.9, within(0.1));
  }

  @Test
  void noiseIsTheSameContenderAgainstItself() {
    round(40, 4, 4, 5);

    assertThat(cell.noise()).isEqualTo(1.25);
  }

  private void round(double broadcast, double targeted, double adaptive, double again) {
    add(Contender.BROADCAST, broadcast);
    add(Contender.TARGETED, targeted);
    add(Contender.ADAPTIVE, adaptive);
    add(Contender.ADAPTIVE_AGAIN, again);
  }

  private void add(Contender contender, double cpuMicros) {
    cell.add(contender, new Turn(1_000, new Usage(cpuMicros, 0, 0), 0, 0));
  }
}
