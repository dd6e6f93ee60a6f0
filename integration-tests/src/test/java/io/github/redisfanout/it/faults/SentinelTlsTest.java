package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.it.Nodes;
import io.github.redisfanout.testkit.RecordingTransport;
import io.github.redisfanout.testkit.RedisProcess;
import io.github.redisfanout.testkit.RedisSentinels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.SslOptions;

/** TLS to the servers and to the sentinels, also across a failover. */
class SentinelTlsTest {
  @RegisterExtension static final RedisSentinels redis = RedisSentinels.start();
  @TempDir static Path directory;

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Map<Integer, TlsProxy> proxies = new HashMap<>(); // by the port behind them
  private TestAuthority authority;

  @BeforeEach
  void open() throws Exception {
    authority = new TestAuthority(directory, "authority of the tests");
    TestAuthority.Issued certificate = authority.issue("127.0.0.1");
    for (List<RedisProcess> processes : List.of(redis.servers(), redis.sentinels())) {
      for (RedisProcess process : processes) {
        proxies.put(process.port(), TlsProxy.to(process.port(), certificate));
      }
    }
  }

  @AfterEach
  void close() throws Exception {
    for (TlsProxy proxy : proxies.values()) {
      proxy.close();
    }
  }

  /** Trusts this authority; the mapper leads to the TLS ports. */
  private JedisClientConfig config(TestAuthority trusted) throws Exception {
    SslOptions tls =
        SslOptions.builder()
            .trustStoreType("PKCS12")
            .truststore(trusted.trustStore().toFile(), TestAuthority.PASSWORD.toCharArray())
            .build();
    return DefaultJedisClientConfig.builder()
        .sslOptions(tls)
        .hostAndPortMapper(
            address -> {
              TlsProxy proxy = proxies.get(address.getPort());
              return proxy == null ? address : new HostAndPort(address.getHost(), proxy.port());
            })
        .build();
  }

  private RedisFanout start(TestAuthority servers, TestAuthority sentinels) throws Exception {
    RedisEndpoint.SentinelBuilder endpoint =
        RedisEndpoint.sentinel(redis.masterName())
            .serverConfig(config(servers))
            .sentinelConfig(config(sentinels));
    redis.sentinels().forEach(each -> endpoint.sentinel("127.0.0.1", each.port()));
    return RedisFanout.builder(endpoint.build(), FanoutConfig.of(Nodes.CHANNEL)).start();
  }

  @Test
  @Tag("full") // it takes seconds
  void bothSpeakTlsAlsoAfterAFailover() throws Exception {
    try (RedisFanout node = start(authority, authority)) {
      RecordingTransport alice = new RecordingTransport();
      node.open("alice", alice);
      assertThat(node.awaitReady(LIMIT)).as("%s", node.health()).isTrue();

      redis.failover();

      FaultRig.within(LIMIT).until(() -> node.counters().gaps() >= 1);
      assertThat(node.awaitReady(LIMIT)).isTrue();
      node.publisher().publishAndWait(List.of("alice"), "hello", LIMIT);
      alice.awaitText("\"hello\"");
    }
  }

  @Test
  void certificateOfAnUnknownAuthorityIsRefusedAtEither() throws Exception {
    TestAuthority unknown = new TestAuthority(directory, "unknown");
    try (RedisFanout servers = start(unknown, authority);
        RedisFanout sentinels = start(authority, unknown)) {
      for (RedisFanout node : List.of(servers, sentinels)) {
        FaultRig.within(LIMIT).until(() -> node.health().reason().contains("PKIX"));
        assertThat(node.health().status()).isEqualTo(FanoutHealth.Status.DOWN);
      }
    }
  }
}
