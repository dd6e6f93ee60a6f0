package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.BackplaneStatus.Direction;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.redis.RedisConfig;
import java.time.Duration;
import java.time.Instant;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** A backplane of the application's own has its own limits, and those are the ones that count. */
class GivenBackplaneTest {
  private static final Direction UP = new Direction(ConnectionState.UP, Instant.now(), "");

  private final Backplane backplane = mock(Backplane.class);

  private static FanoutConfig config(Duration tolerance) {
    return FanoutConfig.builder("chat")
        .authentication(MessageAuthentication.hmacSha256(new byte[32]).tolerance(tolerance))
        .build();
  }

  @Test
  void toleranceMustBeLongerThanMessagesMayWaitOnThisBackplane() {
    when(backplane.publishTimeout()).thenReturn(Duration.ofMinutes(5));
    FanoutConfig config = config(Duration.ofMinutes(5));
    ThrowingCallable node = () -> RedisFanout.builder(backplane, config).build();
    ThrowingCallable publishing =
        () -> RedisFanout.builder(backplane, config).publishOnly().build();
    ThrowingCallable byHand =
        () -> new Publisher(backplane, new JacksonPayloadEncoder(), config, Runnable::run);

    for (ThrowingCallable built : new ThrowingCallable[] {node, publishing, byHand}) {
      assertThatThrownBy(built)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "the authentication's tolerance must be longer than publishTimeout: PT5M <= PT5M");
    }
    assertThat(RedisFanout.builder(backplane, config(Duration.ofSeconds(301))).build()).isNotNull();
  }

  /** Not longer than the default of Redis' own, which is not used here. */
  @Test
  void toleranceMayBeShortWhereMessagesDoNotWait() {
    when(backplane.publishTimeout()).thenReturn(Duration.ZERO);
    FanoutConfig config = config(Duration.ofSeconds(1));

    assertThat(RedisFanout.builder(backplane, config).build().config()).isSameAs(config);
  }

  @Test
  void nodeIsDegradedWhenTheBackplanesOwnBufferIsMoreThanHalfFull() {
    try (RedisFanout node = RedisFanout.builder(backplane, FanoutConfig.of("chat")).build()) {
      when(backplane.status()).thenReturn(buffered(50, 500));
      assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.UP);
      assertThat(node.health().bufferedMessages()).isEqualTo(50);

      when(backplane.status()).thenReturn(buffered(51, 500));
      assertThat(node.health())
          .hasToString(
              "DEGRADED (the publish buffer is filling: 51 of 100 messages, 500 of 1000 bytes)");

      when(backplane.status()).thenReturn(buffered(50, 501));
      assertThat(node.health())
          .hasToString(
              "DEGRADED (the publish buffer is filling: 50 of 100 messages, 501 of 1000 bytes)");
    }
  }

  private static BackplaneStatus buffered(int messages, long bytes) {
    return BackplaneStatus.builder(UP, UP)
        .buffered(messages, bytes)
        .bufferLimits(100, 1_000)
        .build();
  }

  @Test
  void settingsForRedisAreRefused() {
    RedisFanout.Builder builder = RedisFanout.builder(backplane, FanoutConfig.of("chat"));

    assertThatThrownBy(() -> builder.redis(RedisConfig.defaults()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("redis: the node has a backplane with its own settings");
  }
}
