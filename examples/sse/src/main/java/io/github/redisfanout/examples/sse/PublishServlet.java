package io.github.redisfanout.examples.sse;

import io.github.redisfanout.Publisher;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionException;

/** Publishes the JSON of a POST to the users that {@code ?to=…&to=…} names. */
final class PublishServlet extends HttpServlet {
  private static final int MAX_BYTES = 1 << 20;

  private final Publisher publisher;

  PublishServlet(Publisher publisher) {
    this.publisher = publisher;
  }

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    // First, or a body that calls itself a form would be taken for parameters.
    byte[] json = request.getInputStream().readNBytes(MAX_BYTES);
    String[] to = request.getParameterValues("to");
    try {
      publisher
          .publishJson(
              to == null ? List.of() : List.of(to), new String(json, StandardCharsets.UTF_8))
          .join(); // ends by itself, within publishTimeout
      response.setStatus(HttpServletResponse.SC_ACCEPTED);
    } catch (IllegalArgumentException e) {
      response.sendError(HttpServletResponse.SC_BAD_REQUEST);
    } catch (CompletionException e) {
      response.sendError(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    }
  }
}
