package io.github.redisfanout.testkit;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
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
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A well-behaved WebSocket client that remembers what it receives; it is the JDK's.
 *
 * <p>It reads as fast as it can and answers pings. What waits does so for ten seconds at most and
 * then fails the test. Thread-safe.
 */
public final class RecordingClient implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final int LIMIT_SECONDS = 10;
  private static final int ABNORMAL_CLOSURE = 1006;

  private final BlockingQueue<String> texts = new LinkedBlockingQueue<>();
  private final CompletableFuture<String> closed = new CompletableFuture<>();
  private final AtomicInteger pings = new AtomicInteger();
  private final WebSocket socket;

  private RecordingClient(URI uri, String... headers) {
    WebSocket.Builder builder =
        HTTP.newWebSocketBuilder().connectTimeout(Duration.ofSeconds(LIMIT_SECONDS));
    for (int i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    socket = builder.buildAsync(uri, new Listener()).join();
  }

  /**
   * Connects, and returns when the server has accepted the handshake. Its endpoint is called after
   * that, so the node may not know the session yet.
   *
   * @param uri such as {@code ws://127.0.0.1:8080/ws?user=alice}
   * @param headers names and values in turn, such as {@code "Origin", "https://example.org"}
   * @throws IllegalArgumentException if the URI is none of a WebSocket, a header is not allowed, or
   *     a value is missing
   * @throws CompletionException if there is no connection, or the handshake is refused; then its
   *     cause is a {@link WebSocketHandshakeException} with the server's response
   */
  public static RecordingClient connect(URI uri, String... headers) {
    if (headers.length % 2 != 0) {
      throw new IllegalArgumentException(
          "headers must be names and values in turn: " + headers.length + " words");
    }
    return new RecordingClient(requireNonNull(uri, "uri == null"), headers);
  }

  /**
   * Connects, and returns when the node knows the session.
   *
   * @param userId whose session it will be on the node; the URI or the headers say so to the server
   * @throws org.awaitility.core.ConditionTimeoutException if the node does not register a session
   *     within ten seconds
   * @throws CompletionException as {@link #connect(URI, String...)}
   * @throws IllegalArgumentException as {@link #connect(URI, String...)}
   */
  public static RecordingClient connect(
      RedisFanout node, String userId, URI uri, String... headers) {
    // Not by their number: an earlier session of the user may be leaving meanwhile.
    Set<FanoutSession> before = Set.copyOf(node.sessions(userId));
    RecordingClient client = connect(uri, headers);
    try {
      Awaitility.await()
          .atMost(LIMIT_SECONDS, SECONDS)
          .pollInterval(Duration.ofMillis(2))
          .until(() -> !before.containsAll(node.sessions(userId)));
      return client;
    } catch (RuntimeException e) {
      client.close(); // nobody else has it
      throw e;
    }
  }

  /**
   * Returns the status with which the server answers a handshake; 101 if it accepts, and then the
   * connection is cut.
   *
   * @throws CompletionException if there is no answer
   * @throws IllegalArgumentException as {@link #connect(URI, String...)}
   */
  public static int handshakeStatus(URI uri, String... headers) {
    try (RecordingClient accepted = connect(uri, headers)) {
      return 101;
    } catch (CompletionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refused) {
        return refused.getResponse().statusCode();
      }
      throw e;
    }
  }

  /** Sends a text, and returns when the operating system has it. */
  public void send(String text) {
    await(socket.sendText(text, true));
  }

  /** Sends a binary message, and returns when the operating system has it. */
  public void sendBinary(byte... bytes) {
    await(socket.sendBinary(ByteBuffer.wrap(bytes), true));
  }

  private static void await(CompletableFuture<?> sending) {
    sending.orTimeout(LIMIT_SECONDS, SECONDS).join();
  }

  /** Waits for the next text that was not returned yet. */
  public String next() {
    return next(1).get(0);
  }

  /**
   * Waits for this many texts that were not returned yet, in order.
   *
   * @throws AssertionError if one of them does not come within ten seconds
   * @throws IllegalStateException if interrupted; the interrupt stays
   */
  public List<String> next(int count) {
    List<String> received = new ArrayList<>(count);
    try {
      while (received.size() < count) {
        String text = texts.poll(LIMIT_SECONDS, SECONDS);
        if (text == null) {
          throw new AssertionError(
              "no text within " + LIMIT_SECONDS + " s after " + received.size() + " of " + count);
        }
        received.add(text);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a text", e);
    }
    return received;
  }

  /** The texts that {@link #next} has not returned yet, in order; a snapshot. */
  public List<String> waiting() {
    return List.copyOf(texts);
  }

  /** How often it was pinged. */
  public int pings() {
    return pings.get();
  }

  /**
   * Waits for the end of the connection; returns the server's code and reason, such as {@code "1001
   * bye"}. Without a close of the server the code is 1006 (RFC 6455, 7.1.5).
   *
   * @throws CompletionException if the connection is still open after ten seconds
   */
  public String awaitClosed() {
    return closed.copy().orTimeout(LIMIT_SECONDS, SECONDS).join();
  }

  /** True once the connection has ended, with the server's close or without. */
  public boolean isClosed() {
    return closed.isDone();
  }

  /** Closes in order, with 1000. */
  public void leave() {
    await(socket.sendClose(WebSocket.NORMAL_CLOSURE, ""));
  }

  /** Cuts the connection, as a client that loses power does; further calls do nothing. */
  @Override
  public void close() {
    socket.abort();
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder partial = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        texts.add(partial.toString());
        partial.setLength(0);
      }
      from.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer message) {
      pings.incrementAndGet();
      from.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      closed.complete(code + " " + reason);
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      closed.complete(ABNORMAL_CLOSURE + " " + error);
    }
  }
}
