package io.github.redisfanout.backplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BackplaneConfigTest {

  @Test
  void defaultsAreTheOnesOfTheDesign() {
    BackplaneConfig config = BackplaneConfig.defaults();

    assertThat(config.publishBufferMessages()).isEqualTo(10_000);
    assertThat(config.publishBufferBytes()).isEqualTo(16 * 1024 * 1024);
    assertThat(config.publishTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.heartbeatInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.readTimeout()).isEqualTo(Duration.ofSeconds(15));
    assertThat(config.minBackoff()).isEqualTo(Duration.ofMillis(50));
    assertThat(config.maxBackoff()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void everySettingIsKept() {
    BackplaneConfig config =
        BackplaneConfig.builder()
            .publishBufferMessages(1)
            .publishBufferBytes(1L << 40)
            .publishTimeout(Duration.ofMillis(1))
            .heartbeatInterval(Duration.ofMillis(2))
            .readTimeout(Duration.ofMillis(3))
            .minBackoff(Duration.ofMillis(4))
            .maxBackoff(Duration.ofMillis(4))
            .build();

    assertThat(config.publishBufferMessages()).isEqualTo(1);
    assertThat(config.publishBufferBytes()).isEqualTo(1L << 40);
    assertThat(config.publishTimeout()).isEqualTo(Duration.ofMillis(1));
    assertThat(config.heartbeatInterval()).isEqualTo(Duration.ofMillis(2));
    assertThat(config.readTimeout()).isEqualTo(Duration.ofMillis(3));
    assertThat(config.minBackoff()).isEqualTo(Duration.ofMillis(4));
    assertThat(config.maxBackoff()).isEqualTo(Duration.ofMillis(4));
  }

  @Test
  void bufferOfNothingIsRefused() {
    for (int bad : new int[] {0, -1, Integer.MIN_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> BackplaneConfig.builder().publishBufferMessages(bad))
          .withMessage("publishBufferMessages must be at least 1: " + bad);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> BackplaneConfig.builder().publishBufferBytes(bad))
          .withMessage("publishBufferBytes must be at least 1: " + bad);
    }
  }

  static Stream<Arguments> durations() {
    return Stream.of(
        duration("publishTimeout", BackplaneConfig.Builder::publishTimeout),
        duration("heartbeatInterval", BackplaneConfig.Builder::heartbeatInterval),
        duration("readTimeout", BackplaneConfig.Builder::readTimeout),
        duration("minBackoff", BackplaneConfig.Builder::minBackoff),
        duration("maxBackoff", BackplaneConfig.Builder::maxBackoff));
  }

  private static Arguments duration(
      String knob, BiFunction<BackplaneConfig.Builder, Duration, ?> setter) {
    return arguments(knob, setter);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("durations")
  void durationOutOfBoundsIsRefused(
      String knob, BiFunction<BackplaneConfig.Builder, Duration, ?> setter) {
    setter.apply(BackplaneConfig.builder(), Duration.ofMillis(1));
    setter.apply(BackplaneConfig.builder(), Duration.ofDays(24));
    for (String bad : new String[] {"PT0S", "PT-1S", "PT0.000999999S", "PT600H"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> setter.apply(BackplaneConfig.builder(), Duration.parse(bad)))
          .withMessage(knob + " must be 1 ms to 24 days: " + bad);
    }
    assertThatNullPointerException()
        .isThrownBy(() -> setter.apply(BackplaneConfig.builder(), null))
        .withMessage(knob + " == null");
  }

  @Test
  void readTimeoutMustBeLongerThanTheHeartbeatInterval() {
    BackplaneConfig.Builder builder =
        BackplaneConfig.builder().heartbeatInterval(Duration.ofSeconds(15));

    assertThatIllegalArgumentException()
        .isThrownBy(builder::build)
        .withMessage("readTimeout must be longer than heartbeatInterval: PT15S <= PT15S");
  }

  @Test
  void longestBackoffMustNotBeShorterThanTheFirst() {
    BackplaneConfig.Builder builder = BackplaneConfig.builder().maxBackoff(Duration.ofMillis(49));

    assertThatIllegalArgumentException()
        .isThrownBy(builder::build)
        .withMessage("maxBackoff must be at least minBackoff: PT0.049S < PT0.05S");
  }
}
