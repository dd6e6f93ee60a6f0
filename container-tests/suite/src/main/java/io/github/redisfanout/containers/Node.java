package io.github.redisfanout.containers;

import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.jakarta.JakartaFanout;
import io.github.redisfanout.testkit.RecordingClient;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A node of an application under test, and the container that it runs in.
 *
 * @param fanout the node itself
 * @param sockets what connects it with the container
 * @param server the container
 */
public record Node(RedisFanout fanout, JakartaFanout sockets, ContainerServer server)
    implements AutoCloseable {

  public int port() {
    return server.port();
  }

  /** The open sessions of a user. */
  public List<FanoutSession> sessions(String user) {
    return fanout.sessions(user);
  }

  /** The one open session of a user. */
  public FanoutSession session(String user) {
    List<FanoutSession> sessions = sessions(user);
    if (sessions.size() != 1) {
      throw new IllegalStateException(user + " has sessions: " + sessions.size());
    }
    return sessions.get(0);
  }

  /** Connects as a user and waits until the node has registered the session. */
  public RecordingClient connect(String user) {
    return RecordingClient.connect(fanout, user, uri("?user=" + user));
  }

  /**
   * Connects and waits for nothing else.
   *
   * @param query {@code ?user=…}, or empty for nobody
   */
  public RecordingClient handshake(String query, String... headers) {
    return RecordingClient.connect(uri(query), headers);
  }

  /** Where the endpoint is. */
  public URI uri(String query) {
    return URI.create("ws://127.0.0.1:" + port() + ServerSetup.PATH + query);
  }

  /** Sessions closed by the node, by close code. */
  public Map<Integer, Long> disconnects() {
    return fanout.counters().disconnects();
  }

  /** Publishes for some users and waits until Redis has it. */
  public void publish(List<String> users, Object payload) throws InterruptedException {
    fanout.publisher().publishAndWait(users, payload, Duration.ofSeconds(10));
  }

  /** Closes the node, then its container. */
  @Override
  public void close() throws Exception {
    fanout.close();
    server.close();
  }
}
