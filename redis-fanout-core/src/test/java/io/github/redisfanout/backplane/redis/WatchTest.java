package io.github.redisfanout.backplane.redis;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.github.redisfanout.backplane.Outgoing;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mockito.InOrder;
import redis.clients.jedis.CommandArguments;

class WatchTest {
  @Test
  void connectionThatIsOpenedDuringCloseIsCutBeforeItIsUsed() {
    Dialer dialer = mock(Dialer.class);
    OneConnection connection = mock(OneConnection.class);
    Watch watch = new Watch(dialer, List.of());
    when(dialer.dial(any()))
        .thenAnswer(
            call -> {
              watch.close();
              return connection;
            });
    watch.publish(new Outgoing("c", new byte[0]), new FakeCallback());

    watch.run();

    InOrder calls = inOrder(connection);
    calls.verify(connection).cut();
    calls.verify(connection).sendCommand(any(CommandArguments.class));
  }
}
