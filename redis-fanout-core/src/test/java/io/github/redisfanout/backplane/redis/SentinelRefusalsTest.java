package io.github.redisfanout.backplane.redis;

import static io.github.redisfanout.backplane.redis.SentinelRig.A;
import static io.github.redisfanout.backplane.redis.SentinelRig.B;
import static io.github.redisfanout.backplane.redis.SentinelRig.NOON;
import static io.github.redisfanout.backplane.redis.SentinelRig.NO_POLL;
import static io.github.redisfanout.backplane.redis.SentinelRig.master;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** What sentinels may refuse, and what is said then. */
@Timeout(30)
class SentinelRefusalsTest {
  private SentinelRig rig;

  private SentinelRig rig(int sentinels) throws IOException {
    rig = new SentinelRig(sentinels);
    return rig;
  }

  @AfterEach
  void close() throws IOException {
    rig.close();
  }

  @Test
  void sentinelThatMayOnlyNameTheAddressIsEnough() throws Exception {
    rig(3);
    rig.sentinels.forEach(
        sentinel -> {
          sentinel.refuses("MASTER", "NOPERM no permission");
          sentinel.refuses("SENTINELS", "NOPERM no permission");
        });
    rig.start();

    rig.awaitConfirmed(NOON);
    assertThat(rig.locator.locate()).isEqualTo(A);

    rig.sentinel(0).names(master(B, 5));
    assertThat(rig.locator.locate()).isEqualTo(A);
    assertThat(rig.locator.doubt()).as("the new one may be the right one").isNotNull();
    rig.sentinel(1).names(master(B, 5));
    assertThat(rig.locator.locate()).isEqualTo(B);
  }

  private void assertRefusal(Consumer<ScriptedSentinel> script, String message) throws Exception {
    rig(1);
    script.accept(rig.sentinel(0));
    rig.start();

    assertThatThrownBy(() -> rig.locator.locate())
        .isInstanceOf(JedisConnectionException.class)
        .hasMessage(
            "no sentinel names a master \"mymaster\": "
                + message.replace("ADDRESS", rig.sentinel(0).address().toString()));
  }

  @Test
  void unknownMasterIsSaidInWords() throws Exception {
    assertRefusal(
        sentinel -> sentinel.names(null), "sentinel ADDRESS knows no master \"mymaster\"");
  }

  @Test
  void plainRedisIsNoSentinel() throws Exception {
    assertRefusal(
        redis -> {
          for (String command : List.of("MASTER", "GET-MASTER-ADDR-BY-NAME", "MYID")) {
            redis.refuses(command, "ERR unknown command 'SENTINEL', with args beginning with: 'M'");
          }
        },
        "ADDRESS is no sentinel");
  }

  @Test
  void missingPermissionsAreNamed() throws Exception {
    assertRefusal(
        sentinel -> {
          sentinel.refuses("MASTER", "NOPERM no permissions to run 'sentinel|master'");
          sentinel.refuses("GET-MASTER-ADDR-BY-NAME", "NOPERM no permissions");
        },
        "ADDRESS is no sentinel, or the user needs +sentinel|master and"
            + " +sentinel|get-master-addr-by-name: NOPERM no permissions to run 'sentinel|master'");
  }

  @Test
  void refusedLoginIsSaidWithoutThePassword() throws Exception {
    rig(1).sentinel(0).refuses("HELLO", "WRONGPASS invalid username-password pair");
    rig.start(
        rig.addresses(), NO_POLL, DefaultJedisClientConfig.builder().user("u").password("secret"));

    assertThatThrownBy(() -> rig.locator.locate())
        .hasMessageContaining("WRONGPASS")
        .hasMessageNotContaining("secret");
  }

  @Test
  void unknownHostIsSaid() throws Exception {
    rig(0).start(List.of(new HostAndPort("sentinel.invalid", 26379)), NO_POLL);

    assertThatThrownBy(() -> rig.locator.locate()).hasMessageContaining("sentinel.invalid");
  }

  @Test
  void databaseOfTheConfigurationIsNotSelected() throws Exception {
    rig(1).sentinel(0).refuses("SELECT", "ERR unknown command 'SELECT'");
    rig.start(rig.addresses(), NO_POLL, DefaultJedisClientConfig.builder().database(5));

    assertThat(rig.locator.locate()).isEqualTo(A);
  }
}
