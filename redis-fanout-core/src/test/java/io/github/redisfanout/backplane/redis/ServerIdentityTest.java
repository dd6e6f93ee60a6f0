package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.exceptions.JedisDataException;

class ServerIdentityTest {
  private static final SocketAddress ADDRESS = new InetSocketAddress("127.0.0.1", 6379);
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

  @Test
  void runIdAndStartAreReadFromInfo() {
    String info =
        "# Server\r\nredis_version:7.2.4\r\nrun_id:0123abcd\r\ntcp_port:6379\r\n"
            + "server_time_usec:1\r\nuptime_in_seconds:60\r\nuptime_in_days:0\r\n";

    assertThat(ServerIdentity.of(ADDRESS, info.getBytes(UTF_8), NOW))
        .isEqualTo(new ServerIdentity(ADDRESS, "0123abcd", NOW.minusSeconds(59)));
  }

  @Test
  void anythingElseSaysNothing() {
    ServerIdentity unknown = new ServerIdentity(ADDRESS, null, null);
    Object[] answers = {
      new JedisDataException("NOPERM"), "OK", new byte[0], "run_id:1\r\n".getBytes(UTF_8)
    };

    for (Object answer : answers) {
      assertThat(ServerIdentity.of(ADDRESS, answer, NOW)).isEqualTo(unknown);
    }
  }
}
