package io.github.redisfanout.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChecksTest {

  @Test
  void numberOfTheLeastOrMoreIsReturned() {
    assertThat(Checks.atLeast(1, "size", 1)).isEqualTo(1);
    assertThat(Checks.atLeast(1, "size", Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
    assertThat(Checks.atLeast(64L, "bytes", Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void smallerNumberIsRefusedWithItsNameAndTheRule() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Checks.atLeast(64, "size", 63))
        .withMessage("size must be at least 64: 63");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Checks.atLeast(1L, "bytes", Long.MIN_VALUE))
        .withMessage("bytes must be at least 1: -9223372036854775808");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0.001S", "PT10S", "PT576H"})
  void durationOfOneMillisecondToTwentyFourDaysIsReturned(Duration value) {
    assertThat(Checks.positive("limit", value)).isSameAs(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT0.000999999S", "PT-1S", "PT576H0.000000001S"})
  void shorterOrLongerDurationIsRefused(Duration value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Checks.positive("limit", value))
        .withMessage("limit must be 1 ms to 24 days: " + value);
  }

  @Test
  @SuppressWarnings("NullAway") // what a caller must not do
  void absentDurationIsRefusedWithItsName() {
    assertThatNullPointerException()
        .isThrownBy(() -> Checks.positive("limit", null))
        .withMessage("limit == null");
  }

  @Test
  void firstUnpairedSurrogateIsFound() {
    assertThat(Checks.indexOfUnpairedSurrogate("")).isEqualTo(-1);
    assertThat(Checks.indexOfUnpairedSurrogate("abc")).isEqualTo(-1);
    assertThat(Checks.indexOfUnpairedSurrogate("😀a😀")).isEqualTo(-1);
    assertThat(Checks.indexOfUnpairedSurrogate("\ud7ff\ue000")).isEqualTo(-1);
    assertThat(Checks.indexOfUnpairedSurrogate("\ud83d")).isEqualTo(0);
    assertThat(Checks.indexOfUnpairedSurrogate("\ude00")).isEqualTo(0);
    assertThat(Checks.indexOfUnpairedSurrogate("\ude00\ud83d")).isEqualTo(0);
    assertThat(Checks.indexOfUnpairedSurrogate("\ud83d\ud83d\ude00")).isEqualTo(0);
    assertThat(Checks.indexOfUnpairedSurrogate("a\ud83db")).isEqualTo(1);
    assertThat(Checks.indexOfUnpairedSurrogate("😀\ude00")).isEqualTo(2);
  }
}
