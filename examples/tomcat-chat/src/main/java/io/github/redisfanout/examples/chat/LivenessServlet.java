package io.github.redisfanout.examples.chat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Liveness: 200 as long as the process serves, whatever Redis does.
 *
 * <p>A restart does not bring Redis back, and thousands of clients that connect again at once would
 * make an outage worse.
 */
final class LivenessServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setContentType("application/json");
    response.setHeader("Cache-Control", "no-store");
    response.getWriter().write("{\"status\":\"LIVE\"}");
  }
}
