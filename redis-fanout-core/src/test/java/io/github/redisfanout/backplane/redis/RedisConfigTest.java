package io.github.redisfanout.backplane.redis;

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

class RedisConfigTest {

  @Test
  void defaultsAreTheDocumentedOnes() {
    RedisConfig config = RedisConfig.defaults();

    assertThat(config.publishBufferMessages()).isEqualTo(10_000);
    assertThat(config.publishBufferBytes()).isEqualTo(16 * 1024 * 1024);
    assertThat(config.publishTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.readTimeout()).isEqualTo(Duration.ofSeconds(15));
    assertThat(config.heartbeatInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.probeInterval()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void everySettingIsKept() {
    RedisConfig config =
        RedisConfig.builder()
            .publishBufferMessages(1)
            .publishBufferBytes(1L << 40)
            .publishTimeout(Duration.ofMillis(1))
            .readTimeout(Duration.ofMillis(3))
            .probeInterval(Duration.ofMillis(4))
            .build();

    assertThat(config.publishBufferMessages()).isEqualTo(1);
    assertThat(config.publishBufferBytes()).isEqualTo(1L << 40);
    assertThat(config.publishTimeout()).isEqualTo(Duration.ofMillis(1));
    assertThat(config.readTimeout()).isEqualTo(Duration.ofMillis(3));
    assertThat(config.probeInterval()).isEqualTo(Duration.ofMillis(4));
    assertThat(config)
        .hasToString(
            "RedisConfig(publishTimeout PT0.001S, readTimeout PT0.003S, probeInterval PT0.004S)");
  }

  @Test
  void bufferOfNothingIsRefused() {
    for (int bad : new int[] {0, -1, Integer.MIN_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> RedisConfig.builder().publishBufferMessages(bad))
          .withMessage("publishBufferMessages must be at least 1: " + bad);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> RedisConfig.builder().publishBufferBytes(bad))
          .withMessage("publishBufferBytes must be at least 1: " + bad);
    }
  }

  static Stream<Arguments> durations() {
    return Stream.of(
        duration("publishTimeout", RedisConfig.Builder::publishTimeout),
        duration("readTimeout", RedisConfig.Builder::readTimeout),
        duration("probeInterval", RedisConfig.Builder::probeInterval));
  }

  private static Arguments duration(
      String setting, BiFunction<RedisConfig.Builder, Duration, ?> setter) {
    return arguments(setting, setter);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("durations")
  void durationOutOfBoundsIsRefused(
      String setting, BiFunction<RedisConfig.Builder, Duration, ?> setter) {
    setter.apply(RedisConfig.builder(), Duration.ofMillis(1));
    setter.apply(RedisConfig.builder(), Duration.ofDays(24));
    for (String bad : new String[] {"PT-1S", "PT0.000999999S", "PT600H"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> setter.apply(RedisConfig.builder(), Duration.parse(bad)))
          .withMessage(setting + " must be 1 ms to 24 days: " + bad);
    }
    assertThatNullPointerException()
        .isThrownBy(() -> setter.apply(RedisConfig.builder(), null))
        .withMessage(setting + " == null");
  }

  @Test
  void onlyTheProbeIntervalMayBeZero() {
    assertThat(RedisConfig.builder().probeInterval(Duration.ZERO).build().probeInterval()).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisConfig.builder().publishTimeout(Duration.ZERO))
        .withMessage("publishTimeout must be 1 ms to 24 days: PT0S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisConfig.builder().readTimeout(Duration.ZERO))
        .withMessage("readTimeout must be 1 ms to 24 days: PT0S");
  }

  @Test
  void heartbeatIsAThirdOfTheReadTimeout() {
    RedisConfig config = RedisConfig.builder().readTimeout(Duration.ofSeconds(6)).build();

    assertThat(config.heartbeatInterval()).isEqualTo(Duration.ofSeconds(2));
  }
}
