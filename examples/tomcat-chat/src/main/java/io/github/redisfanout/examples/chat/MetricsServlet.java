package io.github.redisfanout.examples.chat;

import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.RedisFanout;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/** The node's counts in Prometheus' text format. */
final class MetricsServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private final transient RedisFanout fanout;

  MetricsServlet(RedisFanout fanout) {
    this.fanout = fanout;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setContentType("text/plain; version=0.0.4; charset=utf-8");
    response.setHeader("Cache-Control", "no-store");
    String text = text(fanout.counters(), fanout.health());
    response.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(FanoutCounters counts, FanoutHealth health) {
    Exposition out = new Exposition();
    out.family("published_total", "counter", "Messages that Redis took.");
    out.sample("published_total", "", counts.published());
    out.family("publish_failures_total", "counter", "Publishes that failed, by outcome.");
    out.sample("publish_failures_total", "outcome=\"rejected\"", counts.publishRejected());
    out.sample("publish_failures_total", "outcome=\"expired\"", counts.publishExpired());
    out.sample("publish_failures_total", "outcome=\"unknown\"", counts.publishUnknown());
    out.family("received_total", "counter", "Messages that came from Redis.");
    out.sample("received_total", "", counts.received());
    out.family("malformed_total", "counter", "Messages that broke the wire format.");
    out.sample("malformed_total", "", counts.malformed());
    out.family("queued_total", "counter", "Messages handed to sessions.");
    out.sample("queued_total", "", counts.queued());
    out.family("delivered_total", "counter", "Messages written to clients.");
    out.sample("delivered_total", "", counts.delivered());
    out.family("dropped_total", "counter", "Messages that did not reach a session, by reason.");
    counts
        .dropped()
        .forEach(
            (reason, count) ->
                out.sample(
                    "dropped_total",
                    "reason=\"" + reason.name().toLowerCase(Locale.ROOT) + "\"",
                    count));
    out.family("disconnects_total", "counter", "Sessions closed by this node, by close code.");
    for (Map.Entry<Integer, Long> entry : counts.disconnects().entrySet()) {
      out.sample("disconnects_total", "code=\"" + entry.getKey() + "\"", entry.getValue());
    }
    out.family("gaps_total", "counter", "Times at which messages may have been missed.");
    out.sample("gaps_total", "", counts.gaps());
    out.family("reconnects_total", "counter", "Times receiving was established again.");
    out.sample("reconnects_total", "", counts.reconnects());
    out.family("sessions", "gauge", "Open sessions.");
    out.sample("sessions", "", counts.sessions());
    out.family("pending", "gauge", "Messages handed to sessions and not yet delivered.");
    out.sample("pending", "", counts.pending());
    out.family("user_code_failures_total", "counter", "Exceptions of code that is not ours.");
    out.sample("user_code_failures_total", "", counts.failuresOfUserCode());
    out.family("listener_events_dropped_total", "counter", "Events the listener was too slow for.");
    out.sample("listener_events_dropped_total", "", counts.listenerEventsDropped());
    out.family("publish_buffer_messages", "gauge", "Publishes that wait to be sent.");
    out.sample("publish_buffer_messages", "", health.bufferedMessages());
    out.family("publish_buffer_bytes", "gauge", "Their size in bytes.");
    out.sample("publish_buffer_bytes", "", health.bufferedBytes());
    return out.text.toString();
  }

  private static final class Exposition {
    final StringBuilder text = new StringBuilder();

    void family(String name, String type, String help) {
      text.append("# HELP redis_fanout_").append(name).append(' ').append(help).append('\n');
      text.append("# TYPE redis_fanout_").append(name).append(' ').append(type).append('\n');
    }

    void sample(String name, String label, long value) {
      text.append("redis_fanout_").append(name);
      if (!label.isEmpty()) {
        text.append('{').append(label).append('}');
      }
      text.append(' ').append(value).append('\n');
    }
  }
}
