package io.github.redisfanout.examples.sse;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.RedisFanout;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One node: a Tomcat that serves {@code /events?user=…} and {@code /messages?to=…}. */
final class SseNode implements AutoCloseable {
  private final RedisFanout fanout;
  private final TomcatServer server;

  private SseNode(RedisFanout fanout, int port) throws Exception {
    this.fanout = fanout;
    server =
        TomcatServer.start(
            port,
            // So that the node's own deadline comes first, and what it does is counted.
            fanout.config().writeTimeout().multipliedBy(2),
            Map.of(
                "/events", new SseServlet(fanout, SseNode::userOf),
                "/messages", new PublishServlet(fanout.publisher())));
  }

  /** Starts a node; returns when it serves and receives. Port 0 is any free port. */
  static SseNode start(String redisUrl, FanoutConfig config, int port) throws Exception {
    RedisFanout fanout = RedisFanout.connect(redisUrl, config);
    try {
      SseNode node = new SseNode(fanout, port);
      fanout.awaitReady(Duration.ofSeconds(10)); // if Redis is away it keeps trying
      return node;
    } catch (Exception | Error e) {
      fanout.close();
      throw e;
    }
  }

  /** Believes the URL; an application looks at its session or token. */
  private static @Nullable String userOf(HttpServletRequest request) {
    String user = request.getParameter("user");
    return user == null || user.isBlank() ? null : user;
  }

  RedisFanout fanout() {
    return fanout;
  }

  TomcatServer server() {
    return server;
  }

  /** Ends the streams with an event that says so, then stops the server. */
  @Override
  public void close() throws Exception {
    fanout.close();
    server.close();
  }
}
