package io.github.redisfanout.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.HandshakeRefusal;
import io.github.redisfanout.it.docs.Document;
import io.github.redisfanout.testkit.RedisProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The configurations of docs/proxies.md, in a real nginx and a real HAProxy with two nodes. */
@Tag("full")
@Timeout(240)
class ProxiesDocumentTest {
  @RegisterExtension static final RedisProcess redis = RedisProcess.start();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CLIENTS = 46;

  @TempDir Path directory;
  private final List<ProxiedNode> nodes = new ArrayList<>();
  private TestAuthority.Issued tls;
  private HttpClient http;
  private ProxyProcess proxy;

  @BeforeEach
  void makeCertificate() throws Exception {
    TestAuthority authority = new TestAuthority(directory, "proxies");
    tls = authority.issue("127.0.0.1");
    KeyStore trusted =
        KeyStore.getInstance(authority.trustStore().toFile(), TestAuthority.PASSWORD.toCharArray());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    http = HttpClient.newBuilder().sslContext(context).build();
  }

  @AfterEach
  void close() throws Exception {
    if (proxy != null) {
      proxy.close();
    }
    for (ProxiedNode node : nodes) {
      node.close();
    }
  }

  private void startNodes(FanoutConfig config, boolean forwarding) throws Exception {
    for (int i = 0; i < 2; i++) {
      Path own = Files.createDirectories(directory.resolve("node" + i));
      nodes.add(new ProxiedNode(own, config, redis.uri(), forwarding));
    }
  }

  private void startProxy(String kind, String change, String by) throws Exception {
    String configuration = Document.read("docs/proxies.md").snippet(kind);
    assertThat(configuration).contains(change);
    String changed = configuration.replace(change, by);
    proxy =
        kind.equals("nginx")
            ? ProxyProcess.nginx(directory, changed, tls, nodes)
            : ProxyProcess.haproxy(directory, changed, tls, nodes);
  }

  private void start(String kind) throws Exception {
    startNodes(FanoutConfig.of("proxies"), false);
    startProxy(kind, "", "");
  }

  private WebSocket connect(String user, String origin, WebSocket.Listener listener) {
    return http.newWebSocketBuilder()
        .header("Origin", origin)
        .buildAsync(URI.create("wss://127.0.0.1:" + proxy.port() + "/ws?user=" + user), listener)
        .join();
  }

  private String own() {
    return "https://127.0.0.1:" + proxy.port();
  }

  /** 101 if it was accepted. */
  private int status(String origin) {
    try {
      connect("visitor", origin, new WebSocket.Listener() {}).abort();
      return 101;
    } catch (CompletionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refused) {
        return refused.getResponse().statusCode();
      }
      throw e;
    }
  }

  private void assertOnlyTheSameHostMayConnect() {
    assertThat(status(own())).isEqualTo(101);
    assertThat(status("https://evil.example")).isEqualTo(403);
    assertThat(status("https://evil.example:" + proxy.port())).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nginx", "haproxy"})
  void pagesOfTheSameHostAndPortMayConnect(String kind) throws Exception {
    start(kind);

    assertOnlyTheSameHostMayConnect();
    assertThat(status("https://127.0.0.1")).as("another port").isEqualTo(403);
  }

  @Test
  void hostWithoutItsPortIsStillTheSameHost() throws Exception {
    startNodes(FanoutConfig.of("proxies"), false);
    startProxy("nginx", "Host $http_host", "Host $host");

    assertOnlyTheSameHostMayConnect();
  }

  @Test
  void forwardedHostIsTheSameHostIfTheContainerBelievesIt() throws Exception {
    startNodes(FanoutConfig.of("proxies"), true);
    startProxy(
        "nginx",
        "proxy_set_header Host $http_host;",
        "proxy_set_header X-Forwarded-Host $http_host;\n"
            + "proxy_set_header X-Forwarded-Proto $scheme;\n"
            + "proxy_set_header X-Forwarded-Port $server_port;");

    assertOnlyTheSameHostMayConnect();
  }

  @Test
  void forwardedHostIsNotBelievedByDefault() throws Exception {
    startNodes(FanoutConfig.of("proxies"), false);
    startProxy(
        "nginx",
        "proxy_set_header Host $http_host;",
        "proxy_set_header X-Forwarded-Host $http_host;");

    assertThat(status(own())).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nginx", "haproxy"})
  void pingsKeepAnIdleSessionOpenForLongerThanTheProxysLimit(String kind) throws Exception {
    startNodes(FanoutConfig.builder("proxies").pingInterval(Duration.ofMillis(500)).build(), false);
    startProxy(kind, "75s", "3s");
    AtomicInteger pings = new AtomicInteger();
    AtomicInteger ends = new AtomicInteger();
    connect(
        "alice",
        own(),
        new WebSocket.Listener() {
          @Override
          public CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
            pings.incrementAndGet();
            socket.request(1);
            return null;
          }

          @Override
          public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            ends.incrementAndGet();
            return null;
          }

          @Override
          public void onError(WebSocket socket, Throwable error) {
            ends.incrementAndGet();
          }
        });

    await().atMost(PATIENCE).until(() -> pings.get() > 10 || ends.get() > 0);
    assertThat(ends).hasValue(0);
  }

  /** Comes back as soon as it is closed; notes each close. */
  private final class Client implements WebSocket.Listener {
    private final String user;
    private final Queue<Integer> closes = new ConcurrentLinkedQueue<>();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    Client(String user) {
      this.user = user;
    }

    void connect() {
      http.newWebSocketBuilder()
          .header("Origin", own())
          .buildAsync(URI.create("wss://127.0.0.1:" + proxy.port() + "/ws?user=" + user), this)
          .whenComplete(
              (socket, failure) -> {
                if (failure != null) {
                  failures.add(failure);
                }
              });
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closes.add(code);
      if (closes.size() < 10) {
        connect();
      }
      return null;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nginx", "haproxy"})
  void clientsOfADrainingNodeNeverComeBackToIt(String kind) throws Exception {
    start(kind);
    ProxiedNode first = nodes.get(0);
    ProxiedNode second = nodes.get(1);
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Client client = new Client("user" + i);
      clients.add(client);
      client.connect();
    }
    await().atMost(PATIENCE).until(() -> sessions(first) + sessions(second) == CLIENTS);
    long moving = sessions(first);
    assertThat(moving).isPositive();

    first.fanout.drain(Duration.ofSeconds(3)).join();

    await().atMost(PATIENCE).until(() -> sessions(second) == CLIENTS);
    assertThat(clients).allSatisfy(client -> assertThat(client.failures).isEmpty());
    assertThat(clients.stream().mapToLong(client -> client.closes.size()).sum()).isEqualTo(moving);
    assertThat(first.fanout.counters().disconnects())
        .isEqualTo(Map.of(Disconnect.GOING_AWAY.code(), moving));
    assertThat(first.fanout.counters().handshakesRefused().get(HandshakeRefusal.DRAINING))
        .as("it was asked, and had the proxy ask the other one")
        .isPositive();
  }

  private static long sessions(ProxiedNode node) {
    return node.fanout.counters().sessions();
  }
}
