package io.github.redisfanout.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.testkit.FaultProxy.Direction;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class FaultProxyTest {
  private static final int NEVER_MILLIS = 10_000;
  private static final int SOON_MILLIS = 200;

  private final List<Socket> sockets = new ArrayList<>();
  private ServerSocket server;
  private FaultProxy proxy;

  @BeforeEach
  void open() throws IOException {
    server = serverSocket();
    proxy = FaultProxy.to(server.getLocalPort());
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    await("all threads have ended")
        .atMost(Duration.ofSeconds(10))
        .until(this::threads, List::isEmpty);
  }

  private List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("fault-proxy-" + proxy.port() + "-"))
        .toList();
  }

  private static ServerSocket serverSocket() throws IOException {
    ServerSocket socket = new ServerSocket(0, 50, LoopbackPorts.loopback());
    socket.setSoTimeout(NEVER_MILLIS);
    return socket;
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    sockets.add(socket);
    socket.setSoTimeout(NEVER_MILLIS);
    socket.connect(new InetSocketAddress(LoopbackPorts.loopback(), proxy.port()), NEVER_MILLIS);
    return socket;
  }

  private Socket accepted() throws IOException {
    return accepted(server);
  }

  private Socket accepted(ServerSocket by) throws IOException {
    Socket socket = by.accept();
    sockets.add(socket);
    socket.setSoTimeout(NEVER_MILLIS);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(UTF_8));
  }

  private static String receive(Socket socket, int bytes) throws IOException {
    return new String(socket.getInputStream().readNBytes(bytes), UTF_8);
  }

  private static void assertFlows(Socket from, Socket to) throws IOException {
    send(from, "flows");
    assertThat(receive(to, 5)).isEqualTo("flows");
  }

  private static void assertSilent(Socket socket) throws IOException {
    socket.setSoTimeout(SOON_MILLIS);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    socket.setSoTimeout(NEVER_MILLIS);
  }

  private static void assertReset(Socket socket) {
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
  }

  @Test
  void megabytesArriveUnchangedInBothDirections() throws Exception {
    Socket client = connect();
    Socket peer = accepted();
    byte[] up = new byte[8_000_000];
    byte[] down = new byte[8_000_000];
    new Random(1).nextBytes(up);
    new Random(2).nextBytes(down);
    List<CompletableFuture<Void>> writers = List.of(write(client, up), write(peer, down));
    CompletableFuture<byte[]> received =
        inThread(() -> peer.getInputStream().readNBytes(up.length));
    assertThat(client.getInputStream().readNBytes(down.length)).isEqualTo(down);
    assertThat(received.get(20, TimeUnit.SECONDS)).isEqualTo(up);
    for (CompletableFuture<Void> writer : writers) {
      writer.get(20, TimeUnit.SECONDS);
    }
  }

  private static CompletableFuture<Void> write(Socket socket, byte[] bytes) {
    return inThread(
        () -> {
          socket.getOutputStream().write(bytes);
          return null;
        });
  }

  private interface Task<T> {
    T run() throws IOException;
  }

  private static <T> CompletableFuture<T> inThread(Task<T> task) {
    CompletableFuture<T> future = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                future.complete(task.run());
              } catch (IOException | RuntimeException e) {
                future.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return future;
  }

  @Test
  void cutResetsBothSidesAndAcceptsNewConnections() throws IOException {
    Socket client = connect();
    Socket peer = accepted();
    assertFlows(client, peer);
    proxy.cut();
    assertThat(proxy.connections()).isZero();
    assertReset(client);
    assertReset(peer);
    assertFlows(connect(), accepted());
  }

  @Test
  void cutMissesNoConnection() throws IOException {
    for (int round = 0; round < 200; round++) {
      Socket client = connect();
      proxy.cut();
      assertReset(client);
      client.close();
    }
    assertThat(proxy.connections()).isZero();
  }

  @Test
  void cutAfterForwardsThatManyBytesAndResets() throws IOException {
    Socket client = connect();
    Socket peer = accepted();
    Socket bystander = connect();
    accepted();
    proxy.cutAfter(Direction.SERVER_TO_CLIENT, 8);
    assertFlows(peer, client);
    assertFlows(client, peer);
    send(peer, "cut here");
    assertThat(receive(client, 3)).isEqualTo("cut");
    assertReset(client);
    assertReset(peer);
    assertReset(bystander);
    // Once is enough.
    Socket later = connect();
    Socket laterPeer = accepted();
    assertFlows(laterPeer, later);
    assertFlows(laterPeer, later);
  }

  @Test
  void refusedUntilAcceptedAgainOnTheSamePort() throws IOException {
    int port = proxy.port();
    for (int round = 0; round < 20; round++) {
      Socket client = connect();
      Socket peer = accepted();
      proxy.refuse();
      proxy.refuse();
      assertReset(client);
      assertReset(peer);
      assertThat(proxy.connections()).isZero();
      assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
      proxy.accept();
      proxy.accept();
      assertThat(proxy.port()).isEqualTo(port);
      assertFlows(connect(), accepted());
    }
  }

  @ParameterizedTest
  @EnumSource(Direction.class)
  void stalledDirectionHoldsBytesBackUntilResumed(Direction direction) throws IOException {
    Socket client = connect();
    Socket peer = accepted();
    assertFlows(client, peer);
    proxy.stall(direction);
    Socket later = connect();
    Socket laterPeer = accepted();
    for (Socket[] pair : new Socket[][] {{client, peer}, {later, laterPeer}}) {
      assertOneWay(direction != Direction.SERVER_TO_CLIENT, pair[0], pair[1]);
      assertOneWay(direction != Direction.CLIENT_TO_SERVER, pair[1], pair[0]);
    }
    assertThat(proxy.connections()).isEqualTo(2);
    proxy.resume();
    for (Socket[] pair : new Socket[][] {{client, peer}, {later, laterPeer}}) {
      if (direction != Direction.SERVER_TO_CLIENT) {
        assertThat(receive(pair[1], 5)).isEqualTo("stall");
      }
      if (direction != Direction.CLIENT_TO_SERVER) {
        assertThat(receive(pair[0], 5)).isEqualTo("stall");
      }
      assertFlows(pair[0], pair[1]);
      assertFlows(pair[1], pair[0]);
    }
  }

  private static void assertOneWay(boolean stalled, Socket from, Socket to) throws IOException {
    if (stalled) {
      send(from, "stall");
      assertSilent(to);
    } else {
      assertFlows(from, to);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Direction.class,
      names = {"CLIENT_TO_SERVER", "SERVER_TO_CLIENT"})
  void stalledSenderIsHeldUpAndLosesNothing(Direction stalled) throws Exception {
    // The server never reads in the second case: held up just the same.
    if (stalled == Direction.CLIENT_TO_SERVER) {
      proxy.stall(stalled);
    }
    try (SocketChannel client = SocketChannel.open()) {
      client.setOption(StandardSocketOptions.SO_SNDBUF, 64 * 1024);
      client.connect(new InetSocketAddress(LoopbackPorts.loopback(), proxy.port()));
      Socket peer = accepted();
      client.configureBlocking(false);
      long[] sent = {0};
      byte[] chunk = new byte[64 * 1024];
      await("the sender is held up")
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(1))
          .during(Duration.ofMillis(SOON_MILLIS))
          .until(
              () -> {
                int written = client.write(ByteBuffer.wrap(chunk));
                sent[0] += written;
                return written == 0;
              });
      assertThat(sent[0]).isBetween(64L * 1024, 16L * 1024 * 1024);
      proxy.resume();
      client.shutdownOutput();
      assertThat(count(peer.getInputStream())).isEqualTo(sent[0]);
    }
  }

  private static long count(InputStream in) throws IOException {
    long count = 0;
    byte[] buffer = new byte[64 * 1024];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      count += read;
    }
    return count;
  }

  @Test
  void cutEndsStalledConnectionsButNotTheStall() throws IOException {
    Socket client = connect();
    Socket peer = accepted();
    proxy.stall(Direction.BOTH);
    send(client, "stall");
    proxy.cut();
    assertReset(client);
    assertReset(peer);
    Socket later = connect();
    Socket laterPeer = accepted();
    send(later, "stall");
    assertSilent(laterPeer);
  }

  @Test
  void halfCloseIsForwardedAndTheOtherHalfLivesOn() throws IOException {
    Socket client = connect();
    Socket peer = accepted();
    send(client, "last");
    client.shutdownOutput();
    assertThat(receive(peer, 100)).isEqualTo("last");
    assertFlows(peer, client);
    assertThat(proxy.connections()).isEqualTo(1);
    peer.shutdownOutput();
    assertThat(client.getInputStream().read()).isEqualTo(-1);
    await().atMost(Duration.ofSeconds(10)).until(() -> proxy.connections() == 0);
  }

  @Test
  void resetOfOneSideResetsTheOther() throws IOException {
    Socket client = connect();
    Socket peer = accepted();
    client.setSoLinger(true, 0);
    client.close();
    assertReset(peer);
    Socket second = connect();
    Socket secondPeer = accepted();
    secondPeer.setSoLinger(true, 0);
    secondPeer.close();
    assertReset(second);
    await().atMost(Duration.ofSeconds(10)).until(() -> proxy.connections() == 0);
  }

  @Test
  void unreachableServerResetsTheClient() throws IOException {
    server.close();
    // The reset may come before the client has noticed that it is connected.
    assertThatThrownBy(() -> connect().getInputStream().read())
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
    await().atMost(Duration.ofSeconds(10)).until(() -> proxy.connections() == 0);
  }

  @Test
  void redirectLeavesExistingConnectionsWhereTheyAre() throws IOException {
    try (ServerSocket other = serverSocket()) {
      for (int round = 0; round < 100; round++) {
        Socket client = connect();
        proxy.redirect(other.getLocalPort());
        Socket later = connect();
        proxy.redirect(server.getLocalPort());
        assertFlows(client, accepted());
        assertFlows(later, accepted(other));
        proxy.cut();
      }
    }
  }

  @Test
  void connectionsAreCountedAtOnce() throws IOException {
    assertThat(proxy.connections()).isZero();
    for (int expected = 1; expected <= 50; expected++) {
      connect();
      assertThat(proxy.connections()).isEqualTo(expected);
    }
  }

  @Test
  void closeIsIdempotentAndFinal() throws IOException {
    Socket client = connect();
    proxy.close();
    proxy.close();
    assertReset(client);
    assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
    assertThatIllegalStateException()
        .isThrownBy(proxy::accept)
        .withMessage("cannot accept on port " + proxy.port() + ": the proxy is closed");
    proxy.cut();
    proxy.refuse();
    proxy.resume();
    assertThat(proxy.connections()).isZero();
  }

  @Test
  void badArgumentsAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FaultProxy.to(0))
        .withMessage("port must be between 1 and 65535: 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FaultProxy.to("no host", 1))
        .withMessage("host is unknown: no host");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> proxy.redirect(65_536))
        .withMessage("port must be between 1 and 65535: 65536");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> proxy.cutAfter(Direction.BOTH, 1))
        .withMessage("direction must be one way: BOTH");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> proxy.cutAfter(Direction.CLIENT_TO_SERVER, 0))
        .withMessage("bytes must be at least 1: 0");
  }

  @Test
  void redisAnswersThroughIt() throws IOException {
    try (RedisProcess redis = RedisProcess.start();
        FaultProxy toRedis = FaultProxy.to("127.0.0.1", redis.port());
        RespConnection connection =
            new RespConnection(toRedis.port(), Duration.ofMillis(NEVER_MILLIS))) {
      assertThat(connection.call("PING")).isEqualTo("PONG");
      redis.kill();
      assertThatThrownBy(() -> connection.call("PING")).isInstanceOf(IOException.class);
      redis.restart();
      try (RespConnection again =
          new RespConnection(toRedis.port(), Duration.ofMillis(NEVER_MILLIS))) {
        assertThat(again.call("PING")).isEqualTo("PONG");
      }
    }
  }
}
