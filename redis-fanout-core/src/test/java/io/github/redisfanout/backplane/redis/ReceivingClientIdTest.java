package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.backplane.BackplaneStatus;
import io.github.redisfanout.backplane.ConnectionState;
import io.github.redisfanout.backplane.Gap;
import io.github.redisfanout.backplane.Incoming;
import io.github.redisfanout.backplane.Receiver;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The id by which another node can end the receiving connection. */
@Timeout(60)
class ReceivingClientIdTest {
  private final ScriptedRedis redis = new ScriptedRedis();
  private final RedisLink link =
      new RedisLink(redis.endpoint(), RedisConfig.defaults(), () -> {}, event -> {});

  ReceivingClientIdTest() throws Exception {}

  private static final class Silent implements Receiver {
    @Override
    public void onMessages(List<Incoming> burst) {}

    @Override
    public void onGap(Gap gap) {}

    @Override
    public void onStatus(BackplaneStatus status) {}
  }

  private void connect() {
    link.start(new Silent());
    link.channels.subscribe(List.of("chat"));
    await().until(() -> link.status().receiving().state() == ConnectionState.UP);
  }

  @AfterEach
  void close() throws Exception {
    redis.close();
  }

  @Test
  void idOfTheReceivingConnectionIsKnownUntilItEnds() {
    redis.clientId(":4711");
    assertThat(link.receivingClientId()).isEqualTo(-1);

    connect();
    assertThat(link.receivingClientId()).isEqualTo(4711);

    link.close(0);
    assertThat(link.receivingClientId()).isEqualTo(-1);
  }

  @Test
  void connectionIsUsedWithoutAnIdIfRedisRefusesIt() {
    redis.clientId("-NOPERM this user has no permissions to run the 'client|id' command");

    connect();

    assertThat(link.receivingClientId()).isEqualTo(-1);
    link.close(0);
  }
}
