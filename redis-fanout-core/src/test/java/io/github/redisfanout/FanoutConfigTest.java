package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.redisfanout.backplane.BackplaneConfig;
import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FanoutConfigTest {
  private static final int MIB = 1 << 20;

  @Test
  void defaultsAreTheOnesOfTheDesign() {
    FanoutConfig config = FanoutConfig.defaults();

    assertThat(config.channel()).isEqualTo("chat_broadcast_channel");
    assertThat(config.maxMessageBytes()).isEqualTo(MIB);
    assertThat(config.maxDepth()).isEqualTo(64);
    assertThat(config.sessionQueueMessages()).isEqualTo(256);
    assertThat(config.sessionQueueBytes()).isEqualTo(MIB);
    assertThat(config.overflowPolicy()).isEqualTo(OverflowPolicy.DISCONNECT);
    assertThat(config.maxSessions()).isEqualTo(Integer.MAX_VALUE);
    assertThat(config.maxSessionsPerUser()).isEqualTo(Integer.MAX_VALUE);
    assertThat(config.sessionLimitPolicy()).isEqualTo(SessionLimitPolicy.REFUSE_NEW);
    assertThat(config.writeTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.pingInterval()).isEqualTo(Duration.ofSeconds(25));
    assertThat(config.silenceLimit()).isEqualTo(Duration.ofSeconds(60));
    assertThat(config.lanes()).isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(config.laneBytes()).isEqualTo(16L * MIB);
    assertThat(config.closeTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.backplane()).usingRecursiveComparison().isEqualTo(BackplaneConfig.defaults());
  }

  @Test
  void everySettingIsKept() {
    BackplaneConfig backplane = BackplaneConfig.defaults();
    FanoutConfig config =
        FanoutConfig.builder()
            .channel("orders")
            .maxMessageBytes(64)
            .maxDepth(2)
            .sessionQueueMessages(1)
            .sessionQueueBytes(3)
            .overflowPolicy(OverflowPolicy.DROP_OLDEST)
            .maxSessions(9)
            .maxSessionsPerUser(4)
            .sessionLimitPolicy(SessionLimitPolicy.CLOSE_OLDEST)
            .writeTimeout(Duration.ofMillis(1))
            .pingInterval(Duration.ofMillis(2))
            .silenceLimit(Duration.ofMillis(3))
            .lanes(7)
            .laneBytes(1L << 40)
            .closeTimeout(Duration.ofDays(24))
            .backplane(backplane)
            .build();

    assertThat(config.channel()).isEqualTo("orders");
    assertThat(config.maxMessageBytes()).isEqualTo(64);
    assertThat(config.maxDepth()).isEqualTo(2);
    assertThat(config.sessionQueueMessages()).isEqualTo(1);
    assertThat(config.sessionQueueBytes()).isEqualTo(3);
    assertThat(config.overflowPolicy()).isEqualTo(OverflowPolicy.DROP_OLDEST);
    assertThat(config.maxSessions()).isEqualTo(9);
    assertThat(config.maxSessionsPerUser()).isEqualTo(4);
    assertThat(config.sessionLimitPolicy()).isEqualTo(SessionLimitPolicy.CLOSE_OLDEST);
    assertThat(config.writeTimeout()).isEqualTo(Duration.ofMillis(1));
    assertThat(config.pingInterval()).isEqualTo(Duration.ofMillis(2));
    assertThat(config.silenceLimit()).isEqualTo(Duration.ofMillis(3));
    assertThat(config.lanes()).isEqualTo(7);
    assertThat(config.laneBytes()).isEqualTo(1L << 40);
    assertThat(config.closeTimeout()).isEqualTo(Duration.ofDays(24));
    assertThat(config.backplane()).isSameAs(backplane);
  }

  @Test
  void builtConfigIsNotChangedByItsBuilder() {
    FanoutConfig.Builder builder = FanoutConfig.builder().channel("a");
    FanoutConfig config = builder.build();

    builder.channel("b");

    assertThat(config.channel()).isEqualTo("a");
  }

  static Stream<Arguments> numbers() {
    return Stream.of(
        number("maxMessageBytes", 64, FanoutConfig.Builder::maxMessageBytes),
        number("maxDepth", 2, FanoutConfig.Builder::maxDepth),
        number("sessionQueueMessages", 1, FanoutConfig.Builder::sessionQueueMessages),
        number("sessionQueueBytes", 1, FanoutConfig.Builder::sessionQueueBytes),
        number("maxSessions", 1, FanoutConfig.Builder::maxSessions),
        number("maxSessionsPerUser", 1, FanoutConfig.Builder::maxSessionsPerUser),
        number("lanes", 1, FanoutConfig.Builder::lanes),
        number("laneBytes", 1, FanoutConfig.Builder::laneBytes));
  }

  private static Arguments number(
      String knob, int least, BiFunction<FanoutConfig.Builder, Integer, ?> setter) {
    return arguments(knob, least, setter);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("numbers")
  void numberBelowTheLeastIsRefused(
      String knob, int least, BiFunction<FanoutConfig.Builder, Integer, ?> setter) {
    setter.apply(FanoutConfig.builder(), least);
    for (int bad : new int[] {least - 1, 0, -1, Integer.MIN_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> setter.apply(FanoutConfig.builder(), bad))
          .withMessage(knob + " must be at least " + least + ": " + bad);
    }
  }

  static Stream<Arguments> durations() {
    return Stream.of(
        duration("writeTimeout", FanoutConfig.Builder::writeTimeout),
        duration("pingInterval", FanoutConfig.Builder::pingInterval),
        duration("silenceLimit", FanoutConfig.Builder::silenceLimit),
        duration("closeTimeout", FanoutConfig.Builder::closeTimeout));
  }

  private static Arguments duration(
      String knob, BiFunction<FanoutConfig.Builder, Duration, ?> setter) {
    return arguments(knob, setter);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("durations")
  void durationOutOfBoundsIsRefused(
      String knob, BiFunction<FanoutConfig.Builder, Duration, ?> setter) {
    setter.apply(FanoutConfig.builder(), Duration.ofMillis(1));
    setter.apply(FanoutConfig.builder(), Duration.ofDays(24));
    for (String bad : new String[] {"PT0S", "PT-1S", "PT0.000999999S", "PT576H0.001S"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> setter.apply(FanoutConfig.builder(), Duration.parse(bad)))
          .withMessage(knob + " must be 1 ms to 24 days: " + bad);
    }
    assertThatNullPointerException()
        .isThrownBy(() -> setter.apply(FanoutConfig.builder(), null))
        .withMessage(knob + " == null");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\ud800", "a\udc00"})
  void channelWithoutAUtf8FormIsRefused(String channel) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FanoutConfig.builder().channel(channel))
        .withMessage("channel must not be empty or have an unpaired surrogate: '" + channel + "'");
  }

  @Test
  void nothingMayBeNull() {
    assertNullIsRefused("channel", builder -> builder.channel(null));
    assertNullIsRefused("overflowPolicy", builder -> builder.overflowPolicy(null));
    assertNullIsRefused("sessionLimitPolicy", builder -> builder.sessionLimitPolicy(null));
    assertNullIsRefused("backplane", builder -> builder.backplane(null));
  }

  private static void assertNullIsRefused(String knob, Function<FanoutConfig.Builder, ?> setter) {
    assertThatNullPointerException()
        .isThrownBy(() -> setter.apply(FanoutConfig.builder()))
        .withMessage(knob + " == null");
  }

  @Test
  void silenceLimitMustBeLongerThanThePingInterval() {
    FanoutConfig.Builder builder = FanoutConfig.builder().silenceLimit(Duration.ofSeconds(25));

    assertThatIllegalArgumentException()
        .isThrownBy(builder::build)
        .withMessage("silenceLimit must be longer than pingInterval: PT25S <= PT25S");
  }
}
