package io.github.redisfanout.benchmarks.neighbours;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.benchmarks.containers.TcpTable.Socket;
import org.junit.jupiter.api.Test;

class StuckTest {
  private static final long SECOND = 1_000_000_000;

  private final Stuck stuck = new Stuck();

  @Test
  void timeRunsFromTheLastByteThatTheSocketTook() {
    stuck.look(new Socket(100, true), SECOND);
    stuck.look(new Socket(200, true), 2 * SECOND);
    stuck.look(new Socket(200, true), 3 * SECOND);
    stuck.unregistered(4 * SECOND);
    stuck.look(null, 5 * SECOND);

    assertThat(stuck.secondsUntilUnregistered()).hasValue(2);
    assertThat(stuck.secondsUntilFreed()).hasValue(3);
  }

  @Test
  void closeDoesNotCountAsTakingBytes() {
    stuck.look(new Socket(100, true), SECOND);
    stuck.look(new Socket(200, true), 4 * SECOND);
    stuck.unregistered(3 * SECOND);
    stuck.look(new Socket(300, true), 5 * SECOND);
    stuck.look(null, 6 * SECOND);

    assertThat(stuck.secondsUntilUnregistered()).hasValue(2);
    assertThat(stuck.secondsUntilFreed()).hasValue(5);
  }

  @Test
  void socketThatNoProcessOwnsIsFreed() {
    stuck.look(new Socket(100, true), SECOND);
    assertThat(stuck.isFreed()).isFalse();

    stuck.look(new Socket(100, false), 2 * SECOND);
    stuck.look(null, 9 * SECOND);

    assertThat(stuck.secondsUntilFreed()).hasValue(1);
  }
}
