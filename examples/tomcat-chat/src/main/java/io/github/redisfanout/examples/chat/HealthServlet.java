package io.github.redisfanout.examples.chat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.RedisFanout;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Readiness: 200 while the node receives, else 503; with the reason and the numbers behind it. */
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
    health.roundTrip().ifPresent(time -> body.put("round_trip_ms", time.toNanos() / 1e6));
    body.put("buffered_messages", health.bufferedMessages());
    body.put("buffered_bytes", health.bufferedBytes());
    FanoutCounters counts = health.counters();
    body.put("sessions", counts.sessions());
    body.put("published", counts.published());
    body.put("received", counts.received());
    body.put("delivered", counts.delivered());
    body.put("gaps", counts.gaps());
    body.put("reconnects", counts.reconnects());
    boolean takesClients =
        health.status() == FanoutHealth.Status.UP
            || health.status() == FanoutHealth.Status.DEGRADED;
    response.setStatus(takesClients ? 200 : 503);
    response.setContentType("application/json");
    response.setHeader("Cache-Control", "no-store");
    response.getOutputStream().write(json.writeValueAsBytes(body));
  }
}
