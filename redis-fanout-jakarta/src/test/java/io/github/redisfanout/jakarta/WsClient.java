package io.github.redisfanout.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.Address;
import io.github.redisfanout.FanoutSession;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A well-behaved WebSocket client that remembers what it received. */
final class WsClient implements WebSocket.Listener {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final int ACCEPTED = 101;

  private final BlockingQueue<String> texts = new LinkedBlockingQueue<>();
  private final CompletableFuture<String> closed = new CompletableFuture<>();
  private final StringBuilder partial = new StringBuilder();
  final AtomicInteger pings = new AtomicInteger();
  private WebSocket socket;

  private WsClient() {}

  /** Connects as a user to a node whose authenticator believes {@code ?user=…}. */
  static WsClient connect(TomcatNode node, String user) {
    // The client knows of the connection before the endpoint does.
    Address address = Address.user(user);
    // Not by their number: an earlier session of the user may be leaving meanwhile.
    Set<FanoutSession> before = Set.copyOf(node.fanout.registry().sessions(address));
    WsClient client = connect(node.port(), "/ws?user=" + user);
    await().until(() -> !before.containsAll(node.fanout.registry().sessions(address)));
    return client;
  }

  static WsClient connect(int port, String path, String... headers) {
    WsClient client = new WsClient();
    client.socket = client.handshake(port, path, headers).join();
    return client;
  }

  /** The status of a handshake; a connection that came of it is cut. */
  static int status(TomcatNode node, String path, String... headers) {
    try {
      new WsClient().handshake(node.port(), path, headers).join().abort();
      return ACCEPTED;
    } catch (CompletionException e) {
      assertThat(e).hasCauseInstanceOf(WebSocketHandshakeException.class);
      return ((WebSocketHandshakeException) e.getCause()).getResponse().statusCode();
    }
  }

  private CompletableFuture<WebSocket> handshake(int port, String path, String... headers) {
    WebSocket.Builder builder = HTTP.newWebSocketBuilder().connectTimeout(Duration.ofSeconds(10));
    for (int i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    return builder.buildAsync(URI.create("ws://127.0.0.1:" + port + path), this);
  }

  void send(String text) {
    socket.sendText(text, true).orTimeout(10, TimeUnit.SECONDS).join();
  }

  void sendBinary(byte... bytes) {
    socket.sendBinary(ByteBuffer.wrap(bytes), true).orTimeout(10, TimeUnit.SECONDS).join();
  }

  void close() {
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "bye").orTimeout(10, TimeUnit.SECONDS).join();
  }

  void abort() {
    socket.abort();
  }

  /** The next text; fails after ten seconds. */
  String next() {
    return next(1).get(0);
  }

  List<String> next(int count) {
    List<String> received = new ArrayList<>(count);
    try {
      while (received.size() < count) {
        String text = texts.poll(10, TimeUnit.SECONDS);
        assertThat(text).as("message %s of %s", received.size() + 1, count).isNotNull();
        received.add(text);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return received;
  }

  /** The texts that {@link #next} has not returned yet. */
  List<String> received() {
    return List.copyOf(texts);
  }

  /** Code and reason of the server's close; fails after ten seconds. */
  String closeReceived() {
    return closed.orTimeout(10, TimeUnit.SECONDS).join();
  }

  boolean isClosed() {
    return closed.isDone();
  }

  @Override
  public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
    partial.append(data);
    if (last) {
      texts.add(partial.toString());
      partial.setLength(0);
    }
    socket.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
    pings.incrementAndGet();
    socket.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    closed.complete(code + " " + reason);
    return null;
  }

  @Override
  public void onError(WebSocket socket, Throwable error) {
    closed.completeExceptionally(error);
  }
}
