package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Until when a connection has received, by a clock that is set back. */
class SubscriptionClockTest {
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

  private final Clock clock = mock(Clock.class);
  private final OneConnection connection = mock(OneConnection.class);

  private static SubscriberCommand subscribe() {
    return SubscriberCommand.subscribe(List.of("chat"), true);
  }

  private static List<Object> confirmation() {
    return List.of("subscribe".getBytes(UTF_8), "chat".getBytes(UTF_8), 1L);
  }

  @Test
  void clockThatIsSetBackSetsBackReceivedUntil() {
    SendWindow window = new SendWindow(() -> {});
    Probes none =
        new Probes(
            "chat", Duration.ZERO, clock, (message, callback) -> {}, null, () -> {}, () -> {});
    ReceiveLoop loop = mock(ReceiveLoop.class);
    when(loop.heartbeatInterval()).thenReturn(Duration.ofSeconds(5));
    Subscription subscription = new Subscription(connection, loop, window, none, clock);
    when(clock.instant()).thenReturn(NOON, NOON.minusSeconds(60));
    ReplyReader replies = mock(ReplyReader.class);
    when(connection.reader(anyInt())).thenReturn(replies);
    when(replies.read())
        .thenReturn(confirmation())
        .thenAnswer(
            heartbeat -> {
              assertThat(subscription.receivedUntil()).isEqualTo(NOON);
              subscription.write(subscribe());
              return confirmation();
            })
        .thenThrow(new JedisConnectionException("cut by the test"));

    assertThatThrownBy(() -> subscription.receive(subscribe())).hasMessage("cut by the test");

    assertThat(subscription.receivedUntil()).isEqualTo(NOON.minusSeconds(60));
  }
}
