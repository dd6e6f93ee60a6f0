package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import org.junit.jupiter.api.Test;
import redis.clients.jedis.exceptions.JedisConnectionException;

class HeldConnectionTest {
  private final OneConnection connection = mock(OneConnection.class);
  private final HeldConnection held = new HeldConnection();

  @Test
  void connectionIsHeldUntilItIsDropped() {
    held.hold(connection);
    assertThat(held.current()).isSameAs(connection);
    verify(connection, never()).cut();

    held.drop();
    held.drop();

    assertThat(held.current()).isNull();
    verify(connection).cut();
  }

  @Test
  void closeEndsTheConnection() {
    held.hold(connection);

    held.close();

    assertThat(held.current()).isNull();
    verify(connection).cut();
  }

  @Test
  void connectionThatWasDialledDuringCloseIsEnded() {
    held.close();

    assertThatThrownBy(() -> held.hold(connection))
        .isInstanceOf(JedisConnectionException.class)
        .hasMessage("closed");

    assertThat(held.current()).isNull();
    verify(connection).cut();
  }
}
