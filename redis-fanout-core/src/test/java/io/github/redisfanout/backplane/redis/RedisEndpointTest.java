package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.DefaultJedisClientConfig;

class RedisEndpointTest {
  private static final String PERCENT_ENCODE =
      "; in user and password, percent-encode characters such as / ? # @";

  @ParameterizedTest
  @CsvSource({
    "redis://localhost, localhost:6379",
    "redis://localhost:6380, localhost:6380",
    "redis://localhost:1, localhost:1",
    "redis://localhost:65535, localhost:65535",
    "redis://localhost:, localhost:6379",
    "redis://localhost/, localhost:6379",
    "redis://localhost/0, localhost:6379",
    "redis://localhost:6380/15, localhost:6380",
    "redis://localhost?protocol=2, localhost:6379",
    "redis://localhost/3?protocol=3, localhost:6379",
    "REDIS://localhost, localhost:6379",
    "rediss://cache.example.com, cache.example.com:6379",
    "Rediss://cache.example.com:6390/0?protocol=2, cache.example.com:6390",
    "redis://127.0.0.1, 127.0.0.1:6379",
    "redis://[::1], [::1]:6379",
    "redis://[2001:db8::7]:6380/1, [2001:db8::7]:6380",
    "redis://:SECRET@localhost, localhost:6379",
    "redis://alice:SECRET@[::1]:7000, [::1]:7000",
    "redis://alice:@localhost, localhost:6379",
    "rediss://alice:SE%40%2F%3aCRET@localhost, localhost:6379",
  })
  void textNamesHostAndPortAndNothingElse(String uri, String hostAndPort) {
    assertThat(RedisEndpoint.of(uri)).hasToString(hostAndPort);
  }

  @ParameterizedTest
  @CsvSource({
    "'localhost:6379', localhost",
    "'localhost', none",
    "'//localhost', none",
    "'', none",
    "'redis+ssl://localhost', redis+ssl",
    "'alice:SECRET@localhost', alice",
    "'http://localhost', http; that is no address of Redis",
    "'unix:///run/redis.sock', unix; Unix sockets are not supported; use TCP: redis://host:port",
    "'redis+socket:///run/r', redis+socket; Unix sockets are not supported; use TCP: redis://host:port",
    "'redis-cluster://a,b', redis-cluster; Redis Cluster is not supported yet",
  })
  void anotherSchemeIsRefused(String uri, String scheme) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.of(uri))
        .withMessage(
            "Redis URI must begin with redis://, rediss://, redis-sentinel:// or"
                + " rediss-sentinel://: scheme "
                + scheme)
        .withNoCause();
  }

  @ParameterizedTest
  @CsvSource({
    "valkey://localhost, localhost:6379",
    "VALKEYS://localhost:6390, localhost:6390",
    "'redis://localhost:6380\n', localhost:6380",
    "'  redis://:SECRET@localhost\r\n', localhost:6379",
    "redis://localhost?db=3, localhost:6379",
    "redis://localhost?db=3&protocol=3, localhost:6379",
    "rediss://localhost?ssl_cert_reqs=required, localhost:6379",
  })
  void formsOfOtherLibrariesAreRead(String uri, String hostAndPort) {
    assertThat(RedisEndpoint.of(uri)).hasToString(hostAndPort);
  }

  @Test
  void schemeOfTlsUsesTls() {
    for (String scheme : new String[] {"rediss", "valkeys", "rediss-sentinel"}) {
      assertThat(
              RedisEndpoint.of(scheme + "://host#m".replace("#m", master(scheme))).clientConfig())
          .as(scheme)
          .matches(config -> config.getSslOptions() != null);
    }
    assertThat(RedisEndpoint.of("rediss-sentinel://host#m").sentinelConfig().getSslOptions())
        .isNotNull();
    assertThat(RedisEndpoint.of("valkey://host").clientConfig().getSslOptions()).isNull();
  }

  private static String master(String scheme) {
    return scheme.contains("sentinel") ? "#m" : "";
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "optional", ""})
  void certificatesThatAreNotCheckedAreRefusedWithWhatToDoInstead(String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.of("rediss://:SECRET@host?ssl_cert_reqs=" + value))
        .withMessage(
            "Redis URI may only have ssl_cert_reqs=required: certificates are always checked; to"
                + " trust an authority of your own, add it to the JVM's trust store, or use"
                + " RedisEndpoint.withJedis with SslOptions");
  }

  @ParameterizedTest
  @ValueSource(strings = {"redis://a:1,b:2", "redis://:SECRET@a,b,c:3/0"})
  void severalHostsWithoutSentinelsAreRefused(String uri) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.of(uri))
        .withMessage(
            "Redis URI must name one host; for sentinels, write"
                + " redis-sentinel://host1:26379,host2:26379#name; Redis Cluster is not supported"
                + " yet");
  }

  @ParameterizedTest
  @CsvSource({
    "redis-sentinel://s1#mymaster, s1:26379",
    "'redis-sentinel://s1:1,s2,[::1]:3#mymaster', 's1:1, s2:26379, [::1]:3'",
    "'redis-sentinel://alice:SE%40CRET@s1,my_s2:7/0#mymaster', 's1:26379, my_s2:7'",
    "redis-sentinel://:SECRET@s1?protocol=2#mymaster, s1:26379",
    "redis-sentinel://s1?sentinelMasterId=mymaster, s1:26379",
    "redis+sentinel://s1#mymaster, s1:26379",
    "'rediss-sentinel://s1,s2#mymaster\n', 's1:26379, s2:26379'",
  })
  void sentinelsAreNamedAsLettuceDoes(String uri, String sentinels) {
    RedisEndpoint endpoint = RedisEndpoint.of(uri);

    assertThat(endpoint).hasToString("master \"mymaster\" of sentinels " + sentinels);
    assertThat(endpoint.masterName()).isEqualTo("mymaster");
    assertThat(endpoint.hasSentinels()).isTrue();
  }

  @Test
  void credentialsOfASentinelUriAreThoseOfTheServers() {
    RedisEndpoint endpoint = RedisEndpoint.of("redis-sentinel://alice:secret@s1#my%20master");

    assertThat(endpoint.clientConfig().getUser()).isEqualTo("alice");
    assertThat(endpoint.clientConfig().getPassword()).isEqualTo("secret");
    assertThat(endpoint.sentinelConfig().getPassword()).isNull();
    assertThat(endpoint.masterName()).isEqualTo("my master");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"redis-sentinel://s1:26379", "redis-sentinel://s1#", "redis-sentinel://s1/0?db=1"})
  void masterOfSentinelsMustBeNamed(String uri) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.of(uri))
        .withMessage(
            "Redis URI must name the master, as in redis-sentinel://localhost:26379#mymaster"
                + PERCENT_ENCODE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis-sentinel://#m",
        "redis-sentinel://s1,#m",
        "redis-sentinel:s1#m",
        "redis-sentinel://a@b@c#m"
      })
  void sentinelsMustBeNamed(String uri) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.of(uri))
        .withMessage(
            "Redis URI must name the sentinels, as in redis-sentinel://localhost:26379#mymaster"
                + PERCENT_ENCODE);
  }

  @Test
  void builderOfSentinelsChecksItsParts() {
    assertThat(RedisEndpoint.sentinel("m").sentinel("a", 1).sentinel("b", 2).build())
        .hasToString("master \"m\" of sentinels a:1, b:2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.sentinel(""))
        .withMessage("masterName must not be empty");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.sentinel("m").build())
        .withMessage("sentinels must name at least one");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.sentinel("m").sentinel("a", 0))
        .withMessage("Redis port must be 1 to 65535: 0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis:localhost",
        "redis:/localhost",
        "redis:///0",
        "redis://:SECRET@",
        "redis://:SECRET@:6379",
        "redis://:SE@CRET@my_redis",
        "redis://localhost:port",
        "redis://localhost:9999999999",
        "redis://:SE@CRET@localhost",
        "redis://alice:SE/CRET@localhost",
        "redis:SECRET@localhost",
      })
  void hostMustBeNamed(String uri) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.of(uri))
        .withMessage("Redis URI must name a host, as in redis://localhost:6379" + PERCENT_ENCODE)
        .withNoCause();
  }

  @ParameterizedTest
  @CsvSource({
    "redis://my_redis, my_redis:6379",
    "redis://my_redis:7000/0, my_redis:7000",
    "redis://alice:SECRET@my_redis:7000, my_redis:7000"
  })
  void hostMayHaveAnUnderscoreAsServicesInContainerNetworksDo(String uri, String address) {
    assertThat(RedisEndpoint.of(uri)).hasToString(address);
  }

  @Test
  void passwordThatIsNotUtf8IsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.of("redis://:SECRET%FF@localhost"))
        .withMessage("Redis URI's user and password must be percent-encoded UTF-8");
  }

  @ParameterizedTest
  @CsvSource({
    "'redis://', Expected authority",
    "'redis://local host', Illegal character in authority",
    "'redis://alice:SECRET%@localhost', Malformed escape pair",
    "'redis://alice:SECRET%zz@localhost', Malformed escape pair",
    "'redis://alice:SE CRET@localhost', Illegal character in authority",
    "'redis://alice:SECRET\"@localhost', Illegal character in authority",
    "'redis://alice:SECRET@[::1', Expected closing bracket for IPv6 address",
    "'redis://alice:SECRET@localhost/\\', Illegal character in path",
    "'SECRET@localhost:6379', Illegal character in scheme name",
    "':SECRET@localhost', Expected scheme name",
  })
  void textThatIsNoUriIsRefusedWithTheReasonOnly(String uri, String reason) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.of(uri))
        .withMessage("Redis URI is not a valid URI: " + reason)
        .withNoCause();
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 65_536, Integer.MAX_VALUE})
  void portOutOfRangeIsRefused(int port) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                RedisEndpoint.withJedis(
                    "localhost", port, DefaultJedisClientConfig.builder().build()))
        .withMessage("Redis port must be 1 to 65535: " + port);
    if (port >= 0) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> RedisEndpoint.of("redis://localhost:" + port))
          .withMessage("Redis port must be 1 to 65535: " + port);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"redis://SECRET@localhost", "redis://@localhost", "rediss://SECRET@[::1]"})
  void userWithoutPasswordIsRefused(String uri) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.of(uri))
        .withMessage(
            "Redis URI names a user without a password; write redis://user:password@host or"
                + " redis://:password@host")
        .withNoCause();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://localhost?",
        "redis://localhost?protocol=1",
        "redis://localhost?protocol=2&timeout=5",
        "redis://localhost?Protocol=2",
        "redis://localhost?password=SECRET",
        "redis://localhost?user=alice&password=SECRET",
        "redis://alice:12?SECRET@localhost",
      })
  void anyOtherQueryIsRefusedWithoutQuotingIt(String uri) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.of(uri))
        .withMessage(
            "Redis URI may only have the query protocol=2, protocol=3, db=number or"
                + " ssl_cert_reqs=required"
                + PERCENT_ENCODE)
        .withNoCause();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://localhost/cache",
        "redis://localhost/-1",
        "redis://localhost/0/",
        "redis://localhost/0/1",
        "redis://localhost//",
        "redis://localhost/1234567890",
        "redis://localhost/\u0661",
        "redis://alice:12/SECRET@localhost",
        "redis://alice:123456/SECRET@localhost",
      })
  void pathThatIsNoDatabaseIsRefusedWithoutQuotingIt(String uri) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.of(uri))
        .withMessage("Redis URI's path must be a database number" + PERCENT_ENCODE)
        .withNoCause();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://localhost#",
        "redis://localhost/0#SECRET",
        "redis://alice:12#SECRET@localhost",
        "redis://alice:123456#SECRET@localhost",
      })
  void fragmentIsRefused(String uri) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisEndpoint.of(uri))
        .withMessage("Redis URI must not have a fragment" + PERCENT_ENCODE)
        .withNoCause();
  }

  @Test
  void nothingMayBeNull() {
    DefaultJedisClientConfig config = DefaultJedisClientConfig.builder().build();

    assertThatNullPointerException()
        .isThrownBy(() -> RedisEndpoint.of(null))
        .withMessage("uri == null");
    assertThatNullPointerException()
        .isThrownBy(() -> RedisEndpoint.withJedis(null, 6379, config))
        .withMessage("host == null");
    assertThatNullPointerException()
        .isThrownBy(() -> RedisEndpoint.withJedis("localhost", 6379, null))
        .withMessage("clientConfig == null");
  }

  /** Each character of ASCII, left in the password as it is, not percent-encoded. */
  @Test
  void passwordIsInNoMessageWhateverIsWrongWithTheUri() {
    for (char c = 1; c < 128; c++) {
      for (String form :
          new String[] {
            "redis://alice:SECRET%sSECRET@localhost:6379/0",
            "redis://:%sSECRET@localhost",
            "redis://:SECRET@%slocalhost",
            "redis://:SECRET@localhost%s",
            "rediss://:SECRET@localhost:6379/%s",
            "redis:%s/alice:SECRET@localhost",
            "%sredis://:SECRET@localhost",
            "redis://alice:1%sSECRET@localhost",
          }) {
        String uri = form.replace("%s", String.valueOf(c));
        try {
          assertThat(RedisEndpoint.of(uri).toString()).as(uri).doesNotContainIgnoringCase("SECRET");
        } catch (IllegalArgumentException e) {
          assertThat(stackTrace(e)).as(uri).doesNotContainIgnoringCase("SECRET");
        }
      }
    }
    IllegalArgumentException refusal =
        catchThrowableOfType(
            IllegalArgumentException.class, () -> RedisEndpoint.of("redis://:SECRET@a b"));
    assertThat(stackTrace(refusal)).isNotEmpty().doesNotContain("SECRET");
  }

  private static String stackTrace(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
