package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FailuresTest {
  @Test
  void causesAndSuppressedExceptionsAreNamedOnce() {
    Exception inner = new Exception("refused.");
    Exception outer = new Exception("failed to connect", inner);
    outer.addSuppressed(new Exception("refused"));
    outer.addSuppressed(new IllegalStateException());

    assertThat(Failures.inWords(outer))
        .isEqualTo("failed to connect: refused: IllegalStateException");
  }

  @Test
  void causesMayGoInACircle() {
    Exception inner = new Exception("inner");
    Exception outer = new Exception("outer", inner);
    inner.initCause(outer);

    assertThat(Failures.inWords(outer)).isEqualTo("outer: inner");
  }
}
