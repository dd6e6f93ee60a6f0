package io.github.redisfanout.containers.war;

import io.github.redisfanout.Publisher;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Publishes from a thread of the container. */
@WebServlet("/messages")
public class MessageServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Publisher publisher = (Publisher) getServletContext().getAttribute("publisher");
    try {
      publisher.publishAndWait(
          List.of(request.getParameter("to")),
          Map.of("text", request.getParameter("text")),
          Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
