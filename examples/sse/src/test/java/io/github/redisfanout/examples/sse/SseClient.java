package io.github.redisfanout.examples.sse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A client that reads an event stream as a browser does, and remembers what came. */
final class SseClient implements AutoCloseable {
  /** What {@link #awaitClosed} says of a stream that ended without a word. */
  static final String LOST = "1006 connection lost";

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final BlockingQueue<String> texts = new LinkedBlockingQueue<>();
  private final CompletableFuture<String> closed = new CompletableFuture<>();
  private final AtomicInteger pings = new AtomicInteger();
  private final HttpResponse<Stream<String>> response;

  // Of the event that is just being read; used by the reading thread only.
  private String type = "";
  private final StringBuilder data = new StringBuilder();

  private SseClient(HttpResponse<Stream<String>> response) {
    this.response = response;
  }

  /** Opens a stream; returns when its head has come. */
  static SseClient connect(int port, String user) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/events?user=" + user))
            .header("Accept", "text/event-stream")
            .timeout(Duration.ofSeconds(10)) // for the head
            .build();
    SseClient client = new SseClient(HTTP.send(request, HttpResponse.BodyHandlers.ofLines()));
    Thread reader = new Thread(client::read, "sse-client");
    reader.setDaemon(true);
    reader.start();
    return client;
  }

  private void read() {
    try {
      response.body().forEach(this::line);
    } catch (UncheckedIOException e) {
      // the stream was cut, perhaps by close
    }
    closed.complete(LOST);
  }

  private void line(String line) {
    int colon = line.indexOf(':');
    String field = colon < 0 ? line : line.substring(0, colon);
    String value = colon < 0 ? "" : line.substring(colon + 1);
    value = value.startsWith(" ") ? value.substring(1) : value;
    if (line.isEmpty()) {
      dispatch();
    } else if (field.isEmpty()) {
      pings.incrementAndGet();
    } else if (field.equals("event")) {
      type = value;
    } else if (field.equals("data")) {
      data.append(value).append('\n');
    }
  }

  private void dispatch() {
    String text = data.isEmpty() ? "" : data.substring(0, data.length() - 1);
    if (type.equals("close")) {
      closed.complete(text);
    } else if (!data.isEmpty()) {
      texts.add(text);
    }
    type = "";
    data.setLength(0);
  }

  int status() {
    return response.statusCode();
  }

  /** The next text; fails after ten seconds. */
  String next() throws InterruptedException {
    String text = texts.poll(10, TimeUnit.SECONDS);
    assertThat(text).as("the next message").isNotNull();
    return text;
  }

  /** The texts that {@link #next} has not returned. */
  List<String> received() {
    return List.copyOf(texts);
  }

  /** How many comments have come. */
  int pings() {
    return pings.get();
  }

  boolean isClosed() {
    return closed.isDone();
  }

  /** Code and reason of the server's close; fails after ten seconds. */
  String awaitClosed() {
    return closed.copy().orTimeout(10, TimeUnit.SECONDS).join();
  }

  /** Leaves, as a browser does: by closing the connection. */
  @Override
  public void close() {
    response.body().close();
  }
}
