package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.backplane.redis.RedisConfig;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What users find in their own logs: something to go by, and no secret. */
class ToStringTest {
  private static final String KEY = "s3cret-key of thirty-two bytes and more";
  private static final FanoutConfig CONFIG =
      FanoutConfig.builder("chat")
          .authentication(MessageAuthentication.hmacSha256(KEY.getBytes(UTF_8)))
          .build();

  static Stream<Arguments> objects() {
    InMemoryBackplane backplane = new InMemoryBackplane();
    RedisEndpoint endpoint = RedisEndpoint.of("redis://admin:s3cret-password@redis.example:6380/0");
    RedisFanout node = RedisFanout.builder(endpoint, CONFIG).build();
    CallerOwner owner = new CallerOwner(CONFIG);
    FanoutSession session =
        new FanoutSession(
            "5e551041d",
            Address.user("s3cret-user"),
            new FakeTransport(),
            new AdapterHabits(FakeTransport.class),
            new CallerLaneThread(),
            owner.shared);
    FanoutSession closed =
        new FanoutSession(
            "c105ed",
            Address.user("s3cret-user"),
            new FakeTransport(),
            new AdapterHabits(FakeTransport.class),
            new CallerLaneThread(),
            owner.shared);
    closed.clientLeft();
    Subscriber subscriber =
        new Subscriber(
            backplane,
            new InMemorySessionRegistry(),
            new JacksonPayloadEncoder(),
            CONFIG,
            new FanoutListener() {});
    return Stream.of(
        arguments(node, "RedisFanout(channel chat, DOWN (not receiving: not started))"),
        arguments(
            CONFIG,
            "FanoutConfig(channel chat, session queue 256 messages and 1048576 bytes, DISCONNECT,"
                + " authentication HMAC-SHA256 with 1 key, tolerance PT1M)"),
        arguments(
            RedisConfig.defaults(),
            "RedisConfig(publishTimeout PT5S, readTimeout PT15S, probeInterval PT5S)"),
        arguments(endpoint, "redis.example:6380"),
        arguments(session, "FanoutSession(5e551041d, open)"),
        arguments(closed, "FanoutSession(c105ed, closed)"),
        arguments(node.publisher(), "Publisher(channel chat)"),
        arguments(subscriber, "Subscriber(channel chat, IDLE)"),
        arguments(node.health(), "DOWN (not receiving: not started)"),
        arguments(
            node.counters(),
            "FanoutCounters(published 0, received 0, delivered 0, dropped {QUEUE_FULL=0,"
                + " LANE_FULL=0, SESSION_CLOSED=0, WRITE_FAILED=0}, sessions 0)"),
        arguments(new Receipt(2, 3), "Receipt(2 recipients, 3 nodes)"),
        arguments(
            RedisFanout.builder(endpoint, CONFIG).build().close(Duration.ZERO),
            "CloseReport[publishesNotSent=0, publishesUnknown=0, deliveriesDropped=0,"
                + " sessionsDisconnected=0]"));
  }

  @ParameterizedTest
  @MethodSource("objects")
  void textSaysWhatItIsAndNoSecret(Object object, String text) {
    assertThat(object).hasToString(text);
    assertThat(text)
        .doesNotContainPattern("@[0-9a-f]+")
        .doesNotContain("s3cret")
        .doesNotContain(HexFormat.of().formatHex(KEY.getBytes(UTF_8)))
        .doesNotContain(Base64.getEncoder().encodeToString(KEY.getBytes(UTF_8)));
  }
}
