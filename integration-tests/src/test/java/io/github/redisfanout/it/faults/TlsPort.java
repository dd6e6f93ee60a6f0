package io.github.redisfanout.it.faults;

import io.github.redisfanout.backplane.redis.RedisEndpoint;
import io.github.redisfanout.testkit.RedisProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.SslOptions;

/** A second port of a Redis, with TLS; the first one stays as it is, for administrators. */
final class TlsPort {
  private static final int ATTEMPTS = 20;

  /** Longer than any test waits: nothing may depend on it. */
  private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(30);

  private final RedisProcess redis;
  private final TestAuthority.Issued right;
  private final Path trustStore;
  private final int port;

  private TlsPort(RedisProcess redis, TestAuthority.Issued right, Path trustStore, int port) {
    this.redis = redis;
    this.right = right;
    this.trustStore = trustStore;
    this.port = port;
  }

  /** Opens it, with a certificate that is right. */
  static TlsPort open(RedisProcess redis, TestAuthority authority, TestAuthority.Issued right)
      throws Exception {
    // One by one, which Redis 6 wants, and allows while there is no such port.
    set(redis, "tls-auth-clients", "no");
    set(redis, "tls-ca-cert-file", authority.certificate().toString());
    set(redis, "tls-cert-file", right.certificate().toString());
    set(redis, "tls-key-file", right.key().toString());
    return new TlsPort(redis, right, authority.trustStore(), listen(redis));
  }

  /** A port that was free a moment ago may be taken; then Redis answers with an error. */
  private static int listen(RedisProcess redis) throws IOException {
    for (int attempt = 1; ; attempt++) {
      int candidate = freePort();
      try {
        set(redis, "tls-port", Integer.toString(candidate));
        return candidate;
      } catch (IllegalStateException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static void set(RedisProcess redis, String name, String value) {
    redis.command("CONFIG", "SET", name, value);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  int port() {
    return port;
  }

  String uri() {
    return "rediss://127.0.0.1:" + port;
  }

  TestAuthority.Issued right() {
    return right;
  }

  /** Uses this certificate for new connections. */
  void show(TestAuthority.Issued certificate) {
    redis.command(
        "CONFIG",
        "SET",
        "tls-cert-file",
        certificate.certificate().toString(),
        "tls-key-file",
        certificate.key().toString());
  }

  /** For a client that trusts the authority. */
  RedisEndpoint endpoint() {
    return endpoint(port);
  }

  /** For a client that connects to another port. */
  RedisEndpoint endpoint(int port) {
    return endpoint(port, SOCKET_TIMEOUT);
  }

  /** For a client that connects to another port, with another timeout. */
  RedisEndpoint endpoint(int port, Duration socketTimeout) {
    return endpoint(port, socketTimeout, trusting());
  }

  /** For a client with a certificate. */
  RedisEndpoint endpoint(TestAuthority.Issued client) {
    return endpoint(
        port,
        SOCKET_TIMEOUT,
        trusting().keystore(client.keyStore().toFile(), TestAuthority.PASSWORD.toCharArray()));
  }

  private SslOptions.Builder trusting() {
    String type = KeyStore.getDefaultType(); // which an older Jedis does not assume
    return SslOptions.builder()
        .keyStoreType(type)
        .trustStoreType(type)
        .truststore(trustStore.toFile(), TestAuthority.PASSWORD.toCharArray());
  }

  private static RedisEndpoint endpoint(
      int port, Duration socketTimeout, SslOptions.Builder options) {
    return RedisEndpoint.withJedis(
        "127.0.0.1",
        port,
        DefaultJedisClientConfig.builder()
            .sslOptions(options.build())
            .socketTimeoutMillis(Math.toIntExact(socketTimeout.toMillis()))
            .build());
  }
}
