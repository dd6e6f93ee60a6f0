package io.github.redisfanout.examples.sse;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.Payload;
import io.github.redisfanout.Transport;
import io.github.redisfanout.WriteCallback;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Writes to one event stream by the container's non-blocking I/O; thread-safe.
 *
 * <p>Every call on the response is a step. Steps are taken in order, by one thread at a time, each
 * only when the container is ready for it; another thread adds its steps and returns.
 */
final class SseTransport implements Transport, WriteListener, AsyncListener {
  private interface Step {
    void take() throws IOException;
  }

  private final AsyncContext exchange;
  private final ServletOutputStream out;
  private final Queue<Step> steps = new ConcurrentLinkedQueue<>();
  private final AtomicInteger takers = new AtomicInteger(); // one takes, the others were here
  private volatile boolean closing; // no more writes are taken

  /** Done when the stream has ended; exceptionally if the client was lost. */
  final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

  private SseTransport(AsyncContext exchange) throws IOException {
    this.exchange = exchange;
    this.out = exchange.getResponse().getOutputStream();
  }

  /** Answers a request with a stream that stays open. */
  static SseTransport open(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setContentType("text/event-stream;charset=UTF-8");
    response.setHeader("Cache-Control", "no-store");
    SseTransport transport = new SseTransport(request.startAsync());
    transport.exchange.setTimeout(0); // the node decides how long a session lives
    transport.exchange.addListener(transport);
    transport.out.setWriteListener(transport);
    // Clients come back by themselves; after a restart, not all of them in the same moment.
    int retryMillis = ThreadLocalRandom.current().nextInt(1_000, 5_000);
    transport.send("retry: " + retryMillis + "\n\n", () -> {});
    return transport;
  }

  @Override
  public void write(Payload payload, WriteCallback callback) throws IOException {
    if (closing || ended.isDone()) {
      throw new IOException("the stream has ended");
    }
    send(data(payload.text()), callback::ok);
  }

  @Override
  public boolean ping() {
    if (steps.isEmpty()) {
      send(": ping\n\n", () -> {}); // proxies keep the stream open, and a lost client is noticed
    }
    return false; // a client of a stream cannot answer, so its silence says nothing
  }

  @Override
  public void close(Disconnect why, boolean force) {
    closing = true;
    // Never reached if the client does not read: then the container's write timeout cuts it.
    send("event: close\n" + data(why.code() + " " + why.reason()), this::end);
  }

  private static String data(String text) {
    return "data: " + text.replaceAll("\r\n|\r|\n", "\ndata: ") + "\n\n";
  }

  private void send(String event, Step afterwards) {
    byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
    steps.add(() -> out.write(bytes));
    steps.add(out::flush);
    steps.add(afterwards); // the container is ready again: the network has the event
    takeSteps();
  }

  private void takeSteps() {
    if (takers.getAndIncrement() > 0) {
      return; // the thread that takes steps looks once more
    }
    do {
      try {
        while (!ended.isDone() && !steps.isEmpty() && out.isReady()) {
          steps.remove().take();
        }
      } catch (IOException | RuntimeException e) {
        ended.completeExceptionally(e);
      }
    } while (takers.decrementAndGet() > 0);
  }

  private void end() {
    ended.complete(null);
    exchange.complete();
  }

  // ---- called by the container

  @Override
  public void onWritePossible() {
    takeSteps();
  }

  @Override
  public void onError(Throwable cause) {
    ended.completeExceptionally(cause);
  }

  @Override
  public void onError(AsyncEvent event) {
    ended.completeExceptionally(event.getThrowable());
  }

  @Override
  public void onTimeout(AsyncEvent event) {} // there is none

  @Override
  public void onComplete(AsyncEvent event) {
    ended.complete(null);
  }

  @Override
  public void onStartAsync(AsyncEvent event) {}
}
