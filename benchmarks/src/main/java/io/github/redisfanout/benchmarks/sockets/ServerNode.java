package io.github.redisfanout.benchmarks.sockets;

import io.github.redisfanout.FanoutCounters;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.jakarta.HandshakeFilter;
import io.github.redisfanout.jakarta.JakartaFanout;
import io.github.redisfanout.jakarta.OriginPolicy;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

/** One node: a Tomcat and a {@link RedisFanout}, put together as the README shows. */
final class ServerNode implements AutoCloseable {
  private final RedisFanout fanout;
  private final Tomcat tomcat = new Tomcat();
  private final Path baseDirectory;

  private ServerNode(String redisUri, int threads) throws IOException {
    fanout = RedisFanout.connect(redisUri, "sockets");
    baseDirectory = Files.createTempDirectory("redis-fanout-sockets-");
    tomcat.setBaseDir(baseDirectory.toString());
    tomcat.setConnector(connector(threads));
    Context context = tomcat.addContext("", null);
    context.addServletContainerInitializer(new WsSci(), Set.of());
    // After WsSci, which makes the WebSocket container.
    context.addServletContainerInitializer((classes, servlets) -> deploy(servlets), Set.of());
  }

  /**
   * Starts a node on a free port; returns when it serves and is subscribed.
   *
   * @param threads of Tomcat's pool; 0 leaves its defaults
   */
  static ServerNode start(String redisUri, int threads) throws Exception {
    ServerNode node = new ServerNode(redisUri, threads);
    try {
      node.tomcat.start();
      if (node.port() < 0 || !node.fanout.awaitReady(Duration.ofSeconds(10))) {
        throw new IllegalStateException("the node does not start: " + node.fanout.health());
      }
      return node;
    } catch (Exception | Error e) {
      node.close();
      throw e;
    }
  }

  // Its defaults are right for this: NIO, TCP_NODELAY, 8,192 connections.
  private static Connector connector(int threads) {
    Connector connector = new Connector();
    connector.setPort(0);
    connector.setProperty("address", "127.0.0.1");
    connector.setThrowOnFailure(true);
    if (threads > 0) {
      connector.setProperty("maxThreads", String.valueOf(threads));
      connector.setProperty("minSpareThreads", String.valueOf(threads));
    }
    return connector;
  }

  private void deploy(ServletContext servlets) throws ServletException {
    JakartaFanout jakarta = new JakartaFanout(fanout);
    HandshakeFilter filter =
        new HandshakeFilter(
            jakarta, request -> request.getParameter("user"), OriginPolicy.sameHost());
    servlets
        .addFilter("handshake", filter)
        .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/ws");
    servlets.addServlet("nothing", new HttpServlet() {}).addMapping("/"); // or there is no upgrade
    ServerContainer webSockets =
        (ServerContainer) servlets.getAttribute(ServerContainer.class.getName());
    try {
      webSockets.addEndpoint(ChatSocket.class);
    } catch (DeploymentException e) {
      throw new ServletException(e);
    }
  }

  int port() {
    return tomcat.getConnector().getLocalPort();
  }

  RedisFanout fanout() {
    return fanout;
  }

  /** The counts once Tomcat has reported the end of every write, which may be after its arrival. */
  FanoutCounters countersAtRest() {
    long deadline = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    FanoutCounters counters = fanout.counters();
    while (counters.pending() > 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(1_000_000);
      counters = fanout.counters();
    }
    return counters;
  }

  @Override
  public void close() throws LifecycleException, IOException {
    fanout.close();
    tomcat.stop();
    tomcat.destroy();
    try (var files = Files.walk(baseDirectory)) {
      for (Path path : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
