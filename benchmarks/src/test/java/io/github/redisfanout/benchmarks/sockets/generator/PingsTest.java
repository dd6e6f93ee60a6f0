package io.github.redisfanout.benchmarks.sockets.generator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PingsTest {
  private final Pings pings = new Pings(100);

  @Test
  void theWaitThatGoesOnCounts() {
    pings.arrived(105);
    pings.arrived(112);

    assertThat(pings.count()).isEqualTo(2);
    assertThat(pings.longestUntil(113)).isEqualTo(7);
    assertThat(pings.longestUntil(120)).isEqualTo(8);
  }

  @Test
  void whatWasBeforeCountingIsForgotten() {
    pings.arrived(150);
    pings.startCounting();
    pings.arrived(155);

    assertThat(pings.count()).isEqualTo(1);
    assertThat(pings.longestUntil(155)).isEqualTo(5);
  }
}
