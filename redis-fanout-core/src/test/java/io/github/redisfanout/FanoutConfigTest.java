package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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

  private static FanoutConfig.Builder builder() {
    return FanoutConfig.builder("chat");
  }

  @Test
  void defaultsAreTheOnesOfTheDesign() {
    FanoutConfig config = FanoutConfig.of("chat");

    assertThat(config.channel()).isEqualTo("chat");
    assertThat(config.maxMessageBytes()).isEqualTo(MIB);
    assertThat(config.sessionQueueMessages()).isEqualTo(256);
    assertThat(config.sessionQueueBytes()).isEqualTo(MIB);
    assertThat(config.overflowPolicy()).isEqualTo(OverflowPolicy.DISCONNECT);
    assertThat(config.maxSessions()).isEqualTo(Integer.MAX_VALUE);
    assertThat(config.maxSessionsPerUser()).isEqualTo(Integer.MAX_VALUE);
    assertThat(config.sessionLimitPolicy()).isEqualTo(SessionLimitPolicy.REFUSE_NEW);
    assertThat(config.writeTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.pingInterval()).isEqualTo(Duration.ofSeconds(25));
    assertThat(config.silenceLimit()).isEqualTo(Duration.ofSeconds(60));
    assertThat(config.deliveryBufferBytes()).isEqualTo(16L * MIB);
    assertThat(config.gapNotice()).isEmpty();
    assertThat(config.contextPropagator()).isEmpty();
    assertThat(config.authentication()).isEmpty();
    assertThat(config.lanes()).isEqualTo(Runtime.getRuntime().availableProcessors());
  }

  @Test
  void everySettingIsKept() {
    ContextPropagator propagator =
        new ContextPropagator() {
          @Override
          public Map<String, String> inject() {
            return Map.of();
          }

          @Override
          public Scope extract(Map<String, String> headers) {
            return () -> {};
          }
        };
    MessageAuthentication authentication = MessageAuthentication.hmacSha256(new byte[32]);
    FanoutConfig config =
        FanoutConfig.builder("orders")
            .maxMessageBytes(64)
            .sessionQueueMessages(1)
            .sessionQueueBytes(3)
            .overflowPolicy(OverflowPolicy.DROP_OLDEST)
            .maxSessions(9)
            .maxSessionsPerUser(4, SessionLimitPolicy.CLOSE_OLDEST)
            .writeTimeout(Duration.ofMillis(1))
            .pingInterval(Duration.ofMillis(2))
            .silenceLimit(Duration.ofMillis(3))
            .deliveryBufferBytes(1L << 40)
            .gapNotice("{}")
            .contextPropagator(propagator)
            .authentication(authentication)
            .lanes(7)
            .build();

    assertThat(config.channel()).isEqualTo("orders");
    assertThat(config.maxMessageBytes()).isEqualTo(64);
    assertThat(config.sessionQueueMessages()).isEqualTo(1);
    assertThat(config.sessionQueueBytes()).isEqualTo(3);
    assertThat(config.overflowPolicy()).isEqualTo(OverflowPolicy.DROP_OLDEST);
    assertThat(config.maxSessions()).isEqualTo(9);
    assertThat(config.maxSessionsPerUser()).isEqualTo(4);
    assertThat(config.sessionLimitPolicy()).isEqualTo(SessionLimitPolicy.CLOSE_OLDEST);
    assertThat(config.writeTimeout()).isEqualTo(Duration.ofMillis(1));
    assertThat(config.pingInterval()).isEqualTo(Duration.ofMillis(2));
    assertThat(config.silenceLimit()).isEqualTo(Duration.ofMillis(3));
    assertThat(config.deliveryBufferBytes()).isEqualTo(1L << 40);
    assertThat(config.gapNotice()).contains("{}");
    assertThat(config.contextPropagator()).containsSame(propagator);
    assertThat(config.authentication()).containsSame(authentication);
    assertThat(config.lanes()).isEqualTo(7);
  }

  /** Two applications that share a Redis and a channel deliver into each other's users. */
  @Test
  void everyWayToAConfigAndToANodeNamesTheChannel() {
    List<Executable> waysIn =
        Stream.of(
                FanoutConfig.class.getConstructors(),
                FanoutConfig.Builder.class.getConstructors(),
                publicFactories(FanoutConfig.class),
                publicFactories(FanoutConfig.Builder.class),
                publicFactories(RedisFanout.class))
            .flatMap(Arrays::stream)
            .toList();

    assertThat(waysIn)
        .extracting(FanoutConfigTest::signature)
        .containsExactlyInAnyOrder(
            "of(String)",
            "builder(String)",
            "connect(String, String)",
            "connect(String, FanoutConfig)",
            "builder(RedisEndpoint, FanoutConfig)",
            "builder(Backplane, FanoutConfig)");
  }

  private static Executable[] publicFactories(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> Modifier.isStatic(method.getModifiers()))
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .toArray(Executable[]::new);
  }

  private static String signature(Executable method) {
    List<String> parameters =
        Arrays.stream(method.getParameterTypes()).map(Class::getSimpleName).toList();
    return method.getName() + "(" + String.join(", ", parameters) + ")";
  }

  @Test
  void builtConfigIsNotChangedByItsBuilder() {
    FanoutConfig.Builder builder = builder().maxSessions(1);
    FanoutConfig config = builder.build();

    builder.maxSessions(2);

    assertThat(config.maxSessions()).isEqualTo(1);
  }

  static Stream<Arguments> numbers() {
    return Stream.of(
        number("maxMessageBytes", 64, FanoutConfig.Builder::maxMessageBytes),
        number("sessionQueueMessages", 1, FanoutConfig.Builder::sessionQueueMessages),
        number("sessionQueueBytes", 1, FanoutConfig.Builder::sessionQueueBytes),
        number("maxSessions", 1, FanoutConfig.Builder::maxSessions),
        number(
            "maxSessionsPerUser",
            1,
            (builder, n) -> builder.maxSessionsPerUser(n, SessionLimitPolicy.REFUSE_NEW)),
        number("lanes", 1, FanoutConfig.Builder::lanes),
        number("deliveryBufferBytes", 1, FanoutConfig.Builder::deliveryBufferBytes));
  }

  private static Arguments number(
      String setting, int least, BiFunction<FanoutConfig.Builder, Integer, ?> setter) {
    return arguments(setting, least, setter);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("numbers")
  void numberBelowTheLeastIsRefused(
      String setting, int least, BiFunction<FanoutConfig.Builder, Integer, ?> setter) {
    setter.apply(builder(), least);
    for (int bad : new int[] {least - 1, 0, -1, Integer.MIN_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> setter.apply(builder(), bad))
          .withMessage(setting + " must be at least " + least + ": " + bad);
    }
  }

  static Stream<Arguments> durations() {
    return Stream.of(
        duration("writeTimeout", FanoutConfig.Builder::writeTimeout),
        duration("pingInterval", FanoutConfig.Builder::pingInterval),
        duration("silenceLimit", FanoutConfig.Builder::silenceLimit));
  }

  private static Arguments duration(
      String setting, BiFunction<FanoutConfig.Builder, Duration, ?> setter) {
    return arguments(setting, setter);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("durations")
  void durationOutOfBoundsIsRefused(
      String setting, BiFunction<FanoutConfig.Builder, Duration, ?> setter) {
    setter.apply(builder(), Duration.ofMillis(1));
    setter.apply(builder(), Duration.ofDays(24));
    for (String bad : new String[] {"PT0S", "PT-1S", "PT0.000999999S", "PT576H0.001S"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> setter.apply(builder(), Duration.parse(bad)))
          .withMessage(setting + " must be 1 ms to 24 days: " + bad);
    }
    assertThatNullPointerException()
        .isThrownBy(() -> setter.apply(builder(), null))
        .withMessage(setting + " == null");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\ud800", "a\udc00"})
  void channelWithoutAUtf8FormIsRefused(String channel) {
    String rule = "channel must not be empty or have an unpaired surrogate: '" + channel + "'";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FanoutConfig.builder(channel))
        .withMessage(rule);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FanoutConfig.of(channel))
        .withMessage(rule);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisFanout.connect("redis://127.0.0.1:1", channel))
        .withMessage(rule);
  }

  @Test
  void nothingMayBeNull() {
    assertThatNullPointerException()
        .isThrownBy(() -> FanoutConfig.builder(null))
        .withMessage("channel == null");
    assertNullIsRefused("overflowPolicy", builder -> builder.overflowPolicy(null));
    assertNullIsRefused("policy", builder -> builder.maxSessionsPerUser(1, null));
    assertNullIsRefused("json", builder -> builder.gapNotice(null));
    assertNullIsRefused("contextPropagator", builder -> builder.contextPropagator(null));
    assertNullIsRefused("authentication", builder -> builder.authentication(null));
  }

  private static void assertNullIsRefused(String what, Function<FanoutConfig.Builder, ?> setter) {
    assertThatNullPointerException()
        .isThrownBy(() -> setter.apply(builder()))
        .withMessage(what + " == null");
  }

  @Test
  void silenceLimitMustBeLongerThanThePingInterval() {
    FanoutConfig.Builder builder = builder().silenceLimit(Duration.ofSeconds(25));

    assertThatIllegalArgumentException()
        .isThrownBy(builder::build)
        .withMessage("silenceLimit must be longer than pingInterval: PT25S <= PT25S");
  }
}
