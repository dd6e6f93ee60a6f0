package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HighWaterTest {
  private final HighWater highWater = new HighWater();

  @Test
  void highestValueStaysForThisTurnAndTheNext() {
    highWater.note(3);
    highWater.note(5);
    highWater.note(4);
    assertThat(highWater.value()).isEqualTo(5);

    highWater.turn();
    highWater.note(2);
    assertThat(highWater.value()).isEqualTo(5);

    highWater.turn();
    assertThat(highWater.value()).isEqualTo(2);
    highWater.note(7);
    assertThat(highWater.value()).isEqualTo(7);

    highWater.turn();
    highWater.turn();
    assertThat(highWater.value()).isZero();
  }
}
