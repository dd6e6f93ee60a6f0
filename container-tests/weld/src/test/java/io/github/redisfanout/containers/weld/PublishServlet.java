package io.github.redisfanout.containers.weld;

import io.github.redisfanout.Publisher;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Publishes what is posted to it; an ordinary servlet, into which CDI injects the publisher. */
public class PublishServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Inject private transient Publisher publisher;

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    try {
      publisher.publishAndWait(
          List.of(request.getParameter("to")),
          Map.of("text", request.getParameter("text")),
          Duration.ofSeconds(10));
      response.setStatus(HttpServletResponse.SC_ACCEPTED);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
    }
  }
}
