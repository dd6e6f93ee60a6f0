package io.github.redisfanout.backplane.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** The first commands of a connection, as a server sees them. */
@Timeout(30)
class RedisEndpointConnectTest {
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(7);
  private static final String HELLO_REPLY = "%1\r\n$5\r\nproto\r\n:3\r\n";

  private final BlockingQueue<List<String>> commands = new LinkedBlockingQueue<>();
  private volatile String replyToLogin = "+OK\r\n";
  private ServerSocket server;
  private Thread serving;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    serving = new Thread(this::serveOne);
    serving.setDaemon(true);
    serving.start();
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "alice:secret, alice, secret",
    "alice:a%40b%2Fc%3Ad%25%20%3F%23, alice, a@b/c:d% ?#",
    "al%3Aice:a:b:c, al:ice, a:b:c",
    "alice:a+b%2Bc, alice, a+b+c",
    "alice+bob:x, alice+bob, x",
    "%C3%A9:%F0%9F%98%80, é, 😀",
    "é:ü, é, ü",
  })
  void userAndPasswordAreDecoded(String userInfo, String user, String password) throws Exception {
    connect(endpoint("redis://" + userInfo + "@localhost:PORT?protocol=3"));

    assertThat(nextCommand()).startsWith("HELLO", "3", "AUTH", user, password);
  }

  @Test
  void passwordAloneIsTheDefaultUsers() throws Exception {
    connect(endpoint("redis://:secret@localhost:PORT?protocol=3"));

    // A newer Jedis greets with it, an older one sends it before.
    assertThat(String.join(" ", nextCommand()))
        .matches("HELLO 3 AUTH default secret( .*)?|AUTH secret");
  }

  @Test
  void withProtocol2NoHelloIsSentWhichSomeProxiesDoNotKnow() throws Exception {
    connect(endpoint("redis://alice:secret@localhost:PORT/5?protocol=2"));

    assertThat(nextCommand()).containsExactly("AUTH", "alice", "secret");
    assertThat(words()).doesNotContain("HELLO");
  }

  @Test
  void nothingIsSaidAboutTheProtocolForRespTwoOfTheClientConfigEither() {
    connect(endpoint(DefaultJedisClientConfig.builder().protocol(RedisProtocol.RESP2)));

    assertThat(words()).isNotEmpty().doesNotContain("HELLO");
  }

  @Test
  void withoutCredentialsNobodyLogsIn() {
    connect(endpoint("redis://localhost:PORT"));

    assertThat(words()).isNotEmpty().doesNotContain("AUTH");
  }

  @Test
  void databaseIsNeverSelected() {
    connect(endpoint("redis://localhost:PORT/5"));

    assertThat(words()).isNotEmpty().doesNotContain("SELECT");
  }

  @Test
  void databaseOfTheClientConfigIsNotSelectedEither() {
    connect(endpoint(DefaultJedisClientConfig.builder().database(5)));

    assertThat(words()).isNotEmpty().doesNotContain("SELECT");
  }

  @Test
  void connectionHasItsName() {
    connect(endpoint("redis://localhost:PORT"));

    assertThat(words()).containsSubsequence("CLIENT", "SETNAME", "redis-fanout-test");
  }

  @Test
  void nameOfTheClientConfigIsKept() {
    connect(endpoint(DefaultJedisClientConfig.builder().clientName("mine")));

    assertThat(words())
        .containsSubsequence("CLIENT", "SETNAME", "mine")
        .doesNotContain("redis-fanout-test");
  }

  @Test
  void timeoutOfZeroIsReplacedByTheReadTimeout() throws Exception {
    Connection connection =
        connect(
            endpoint(
                DefaultJedisClientConfig.builder()
                    .socketTimeoutMillis(0)
                    .connectionTimeoutMillis(0)
                    .blockingSocketTimeoutMillis(0)));

    assertThat(connection.getSoTimeout()).isEqualTo(7_000);
  }

  @Test
  void timeoutOfTheClientConfigIsKept() throws Exception {
    Connection connection =
        connect(endpoint(DefaultJedisClientConfig.builder().socketTimeoutMillis(1_234)));

    assertThat(connection.getSoTimeout()).isEqualTo(1_234);
  }

  @Test
  void answersToTheConnectionOfAUriMayTakeTheReadTimeout() throws Exception {
    Connection connection = connect(endpoint("redis://localhost:PORT"));

    assertThat(connection.getSoTimeout()).isEqualTo((int) READ_TIMEOUT.toMillis());
  }

  @Test
  void connectionDoesNotConnectAgainByItself() throws Exception {
    Connection connection = connect(endpoint("redis://localhost:PORT"));
    connection.disconnect();

    // Exactly this class: see OneConnection.
    assertThatThrownBy(connection::ping)
        .isExactlyInstanceOf(JedisException.class)
        .hasMessage("the connection was closed");
  }

  @Test
  void messageOfARefusedLoginDoesNotContainThePassword() {
    replyToLogin = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";

    Throwable failure =
        catchThrowable(() -> connect(endpoint("redis://alice:SECRET@localhost:PORT")));

    assertThat(failure).isInstanceOf(JedisDataException.class).hasMessageStartingWith("WRONGPASS");
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      assertThat(cause.toString()).doesNotContain("SECRET");
    }
  }

  @Test
  void failingCredentialsProviderLeavesNoConnectionOpen() throws Exception {
    RedisEndpoint endpoint =
        endpoint(
            DefaultJedisClientConfig.builder()
                .credentialsProvider(
                    () -> {
                      throw new IllegalStateException("the vault is sealed");
                    }));

    Throwable failure = catchThrowable(() -> connect(endpoint));

    assertThat(failure).hasMessage("the vault is sealed");
    serving.join(10_000);
    assertThat(serving.isAlive()).as("a connection is open").isFalse();
  }

  @Test
  void redissSpeaksTls() throws Exception {
    Throwable failure =
        catchThrowable(() -> connect(endpoint("rediss://alice:SECRET@localhost:PORT")));

    assertThat(failure).isInstanceOf(JedisConnectionException.class);
    assertThat(failure.toString()).doesNotContain("SECRET");
    assertThat(nextCommand()).as("the first byte of a TLS handshake").containsExactly("22");
  }

  // ---- the client

  private RedisEndpoint endpoint(String uri) {
    return RedisEndpoint.of(uri.replace("PORT", String.valueOf(server.getLocalPort())));
  }

  private RedisEndpoint endpoint(DefaultJedisClientConfig.Builder config) {
    return RedisEndpoint.withJedis("localhost", server.getLocalPort(), config.build());
  }

  private static Connection connect(RedisEndpoint endpoint) {
    Connection connection = endpoint.connect(endpoint.address(), "redis-fanout-test", READ_TIMEOUT);
    connection.connect();
    return connection;
  }

  // ---- the server

  private List<String> nextCommand() throws InterruptedException {
    List<String> command = commands.poll(10, TimeUnit.SECONDS);
    assertThat(command).as("no command came").isNotNull();
    return command;
  }

  /** Of all commands; a connection is only connected once they are answered. */
  private List<String> words() {
    return commands.stream().flatMap(List::stream).toList();
  }

  private void serveOne() {
    try (Socket socket = server.accept()) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (int first = in.read(); first >= 0; first = in.read()) {
        if (first != '*') {
          commands.add(List.of(String.valueOf(first)));
          return;
        }
        List<String> command = new ArrayList<>();
        int words = number(in);
        for (int i = 0; i < words; i++) {
          in.skipNBytes(1); // $
          command.add(new String(in.readNBytes(number(in)), UTF_8));
          in.skipNBytes(2);
        }
        commands.add(command);
        socket.getOutputStream().write(reply(command).getBytes(UTF_8));
      }
    } catch (IOException e) {
      // The client or the test has closed it.
    }
  }

  private String reply(List<String> command) {
    if (command.contains("AUTH") && replyToLogin.startsWith("-")) {
      return replyToLogin;
    }
    return command.get(0).equals("HELLO") ? HELLO_REPLY : "+OK\r\n";
  }

  private static int number(InputStream in) throws IOException {
    StringBuilder digits = new StringBuilder();
    for (int c = in.read(); c != '\r'; c = in.read()) {
      if (c < 0) {
        throw new IOException("cut off");
      }
      digits.append((char) c);
    }
    in.skipNBytes(1);
    return Integer.parseInt(digits.toString());
  }
}
