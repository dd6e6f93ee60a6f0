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
    out.counter("published_total", "Messages that Redis took.", counts.published());
    out.family("publish_failures_total", "counter", "Publishes that failed, by outcome.");
    out.sample("publish_failures_total", "outcome=\"rejected\"", counts.publishRejected());
    out.sample("publish_failures_total", "outcome=\"expired\"", counts.publishExpired());
    out.sample("publish_failures_total", "outcome=\"unknown\"", counts.publishUnknown());
    out.counter("received_total", "Messages that came from Redis.", counts.received());
    out.counter("malformed_total", "Messages that broke the wire format.", counts.malformed());
    out.counter("queued_total", "Messages handed to sessions.", counts.queued());
    out.counter("delivered_total", "Messages written to clients.", counts.delivered());
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
    out.counter("gaps_total", "Times at which messages may have been missed.", counts.gaps());
    out.counter("reconnects_total", "Times receiving was established again.", counts.reconnects());
    out.gauge("sessions", "Open sessions.", counts.sessions());
    out.gauge("pending", "Messages handed to sessions and not yet delivered.", counts.pending());
    out.counter(
        "user_code_failures_total",
        "Exceptions of code that is not ours.",
        counts.failuresOfUserCode());
    out.counter(
        "listener_events_dropped_total",
        "Events the listener was too slow for.",
        counts.listenerEventsDropped());
    out.gauge(
        "publish_buffer_messages", "Publishes that wait to be sent.", health.bufferedMessages());
    out.gauge("publish_buffer_bytes", "Their size in bytes.", health.bufferedBytes());
    return out.text.toString();
  }

  private static final class Exposition {
    final StringBuilder text = new StringBuilder();

    void counter(String name, String help, long value) {
      family(name, "counter", help);
      sample(name, "", value);
    }

    void gauge(String name, String help, long value) {
      family(name, "gauge", help);
      sample(name, "", value);
    }

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
