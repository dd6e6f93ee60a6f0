package io.github.redisfanout.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.redisfanout.FanoutSession;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A well-behaved WebSocket client that remembers what it received; thread-safe. */
public final class Client implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final int LIMIT_SECONDS = 10;

  private final BlockingQueue<String> texts = new LinkedBlockingQueue<>();
  private final CompletableFuture<String> closed = new CompletableFuture<>();
  private final AtomicInteger pings = new AtomicInteger();
  private final WebSocket socket;

  private Client(int port, String query, String... headers) {
    WebSocket.Builder builder = HTTP.newWebSocketBuilder().connectTimeout(Duration.ofSeconds(10));
    for (int i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    URI uri = URI.create("ws://127.0.0.1:" + port + ServerSetup.PATH + query);
    socket = builder.buildAsync(uri, new Listener()).join();
  }

  /** Connects as a user and waits until the node has registered the session. */
  public static Client connect(Node node, String user) {
    // The client knows of the connection before the endpoint does.
    // Not by their number: an earlier session of the user may be leaving meanwhile.
    Set<FanoutSession> before = Set.copyOf(node.sessions(user));
    Client client = new Client(node.port(), "?user=" + user);
    await()
        .pollInterval(Duration.ofMillis(2))
        .atMost(LIMIT_SECONDS, TimeUnit.SECONDS)
        .until(() -> !before.containsAll(node.sessions(user)));
    return client;
  }

  /**
   * Connects and waits for nothing else.
   *
   * @param query {@code ?user=…}, or empty for nobody
   * @param headers names and values in turn
   * @throws java.util.concurrent.CompletionException if the handshake is refused; its cause is a
   *     {@link java.net.http.WebSocketHandshakeException}
   */
  public static Client handshake(int port, String query, String... headers) {
    return new Client(port, query, headers);
  }

  public void send(String text) {
    socket.sendText(text, true).orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
  }

  /** The next text; fails after ten seconds. */
  public String next() throws InterruptedException {
    String text = texts.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
    assertThat(text).as("the next message").isNotNull();
    return text;
  }

  /** How many texts {@link #next} has not returned yet. */
  public int waiting() {
    return texts.size();
  }

  /** How often it was pinged; the JDK's client answers by itself. */
  public int pings() {
    return pings.get();
  }

  /** Code and reason of the server's close, such as {@code 1001 bye}; fails after ten seconds. */
  public String awaitClosed() {
    return closed.copy().orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
  }

  /** True once the connection has ended, with a close or without. */
  public boolean isClosed() {
    return closed.isDone();
  }

  /** Leaves in order. */
  public void leave() {
    socket
        .sendClose(WebSocket.NORMAL_CLOSURE, "")
        .orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS)
        .join();
  }

  /** Cuts the connection. */
  @Override
  public void close() {
    socket.abort();
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder partial = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        texts.add(partial.toString());
        partial.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPing(WebSocket socket, java.nio.ByteBuffer message) {
      pings.incrementAndGet();
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closed.complete(code + " " + reason);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      closed.completeExceptionally(error);
    }
  }
}
