package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Outgoing;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;

/** The life of a backplane whose Redis cannot be found. */
class RedisBackplaneLifeTest {
  private final RedisBackplane backplane =
      new RedisBackplane(RedisEndpoint.of("redis://no-such-host.invalid"), RedisConfig.defaults());

  @Test
  void closedBeforeStartIsClosed() {
    backplane.close(ChronoUnit.FOREVER.getDuration());

    assertThat(backplane.status().publishing().state()).isEqualTo(ConnectionState.CLOSED);
    assertThat(backplane.status().receiving().state()).isEqualTo(ConnectionState.CLOSED);
  }

  @Test
  void unknownHostIsTheReasonAndClosingRejectsWhatWaits() {
    backplane.startPublishing();
    await().until(() -> backplane.status().publishing().state() == ConnectionState.DOWN);
    assertThat(backplane.status().publishing().reason()).contains("no-such-host.invalid");
    FakeCallback waiting = new FakeCallback();
    backplane.publish(new Outgoing("channel", new byte[1]), waiting);
    assertThat(backplane.status().bufferedMessages()).isEqualTo(1);

    backplane.close(Duration.ofMillis(20));

    assertThat(waiting.reports)
        .containsExactly("REJECTED the backplane was closed before the message was sent");
    assertThat(backplane.status().bufferedMessages()).isZero();
    assertThat(backplane.status().publishing().state()).isEqualTo(ConnectionState.CLOSED);
  }
}
