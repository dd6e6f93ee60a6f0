package io.github.redisfanout.examples.sse;

import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Opens a session for each client that asks for its events. */
final class SseServlet extends HttpServlet {
  private final RedisFanout fanout;
  private final Function<HttpServletRequest, @Nullable String> authenticator; // null: nobody

  SseServlet(RedisFanout fanout, Function<HttpServletRequest, @Nullable String> authenticator) {
    this.fanout = fanout;
    this.authenticator = authenticator;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // ending a session throws nothing
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String userId = authenticator.apply(request);
    if (userId == null) {
      response.sendError(HttpServletResponse.SC_UNAUTHORIZED); // an EventSource then gives up
      return;
    }
    SseTransport transport = SseTransport.open(request, response);
    FanoutSession session = fanout.open(userId, transport);
    transport.ended.whenComplete(
        (nothing, cause) -> {
          if (cause == null) {
            session.clientLeft();
          } else {
            session.clientLost(cause);
          }
        });
  }

  @Override
  protected void doHead(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    // Nothing would ever be written to such a client, so its end would not be noticed.
    response.sendError(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
  }
}
