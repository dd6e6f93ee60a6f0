package io.github.redisfanout.backplane.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.DefaultJedisClientConfig;

/** What is said when something else answers than a Redis that speaks as the URI wants. */
@Timeout(60)
class WrongPortsTest {
  private ServerSocket server;
  private volatile String answer = ""; // the connection is closed behind it; empty: at once
  private volatile boolean silent;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::serve, "wrong-port");
    thread.setDaemon(true);
    thread.start();
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private void serve() {
    try {
      while (true) {
        Socket client = server.accept();
        InputStream in = client.getInputStream();
        assertThat(in.read(new byte[1_000])).isPositive();
        client.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
        if (!silent) {
          client.close();
        }
      }
    } catch (IOException e) {
      // The test has ended.
    }
  }

  private String words(String scheme) {
    RedisEndpoint endpoint =
        RedisEndpoint.of(scheme + "://127.0.0.1:" + server.getLocalPort() + "?protocol=3");
    return Failures.inWords(connectFailure(endpoint));
  }

  private static Throwable connectFailure(RedisEndpoint endpoint) {
    return catchThrowable(
        () -> endpoint.connect(endpoint.address(), "test", Duration.ofSeconds(1)).cut());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "HTTP/1.1 400 Bad Request; what answers is not Redis: probably an HTTP server",
        "SSH-2.0-OpenSSH_9.2; what answers is not Redis: its answer begins with the byte 83",
      })
  void anotherKindOfServerIsNamed(String given, String expected) {
    answer = given + "\r\n";

    assertThat(words("redis")).isEqualTo(expected);
  }

  @Test
  void aServerThatAnswersInTlsIsNamed() {
    answer = "\u0015\u0003\u0003\u0000\u0002\u0002F"; // an alert

    assertThat(words("redis"))
        .isEqualTo("what answers is not Redis: probably a server that speaks TLS: use rediss://");
  }

  @Test
  void aServerThatClosesAtOnceMayWantTls() {
    assertThat(words("redis"))
        .startsWith("closed before the login was answered; if this port speaks TLS, use rediss://");
  }

  @Test
  @Tag("full") // it waits for the limit of a login, twice
  void aServerThatDoesNotAnswerMayNotSpeakTls() {
    silent = true;

    assertThat(words("rediss"))
        .isEqualTo(
            "no answer to the login; if this port does not speak TLS, use redis://: Read timed out");
    assertThat(words("redis")).isEqualTo("no answer to the login: Read timed out");
  }

  @Test
  void aNameThatCannotBeResolvedIsSaid() {
    RedisEndpoint endpoint =
        RedisEndpoint.withJedis(
            "no-such-host.invalid", 6379, DefaultJedisClientConfig.builder().build());

    assertThat(Failures.inWords(connectFailure(endpoint)))
        .startsWith("Failed to create socket: the host name cannot be resolved: ")
        .contains("no-such-host.invalid");
  }

  @ParameterizedTest
  @ValueSource(strings = {"redis://h1,h2", "redis://h1:6379,h2:6379/0", "rediss://u:p,w@h1,h2"})
  void severalHostsNeedSentinels(String uri) {
    assertThatThrownBy(() -> RedisEndpoint.of(uri))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Redis URI must name one host; for sentinels, write"
                + " redis-sentinel://host1:26379,host2:26379#name; Redis Cluster is not supported"
                + " yet");
  }

  @Test
  void aTextWithoutASchemeIsSaidToHaveNone() {
    assertThatThrownBy(() -> RedisEndpoint.of("localhost"))
        .hasMessage(
            "Redis URI must begin with redis://, rediss://, redis-sentinel:// or"
                + " rediss-sentinel://: scheme none");
  }
}
