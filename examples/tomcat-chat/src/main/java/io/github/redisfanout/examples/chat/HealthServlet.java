package io.github.redisfanout.examples.chat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.RedisFanout;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Readiness: 200 while the node hears, else 503, with the reason. */
final class HealthServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private final String node;
  private final transient RedisFanout fanout;
  private final transient ObjectMapper json = new ObjectMapper();

  HealthServlet(String node, RedisFanout fanout) {
    this.node = node;
    this.fanout = fanout;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    FanoutHealth health = fanout.health();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("status", health.status().name());
    body.put("reason", health.reason());
    body.put("since", health.since().toString());
    body.put("node", node);
    body.put("buffered_messages", health.bufferedMessages());
    body.put("buffered_bytes", health.bufferedBytes());
    response.setStatus(health.status() == FanoutHealth.Status.DOWN ? 503 : 200);
    response.setContentType("application/json");
    response.setHeader("Cache-Control", "no-store");
    response.getOutputStream().write(json.writeValueAsBytes(body));
  }
}
