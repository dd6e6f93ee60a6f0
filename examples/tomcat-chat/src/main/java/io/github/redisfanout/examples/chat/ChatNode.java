package io.github.redisfanout.examples.chat;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.Routing;
import io.github.redisfanout.jakarta.HandshakeFilter;
import io.github.redisfanout.jakarta.JakartaConfig;
import io.github.redisfanout.jakarta.JakartaFanout;
import io.github.redisfanout.jakarta.OriginPolicy;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.buf.EncodedSolidusHandling;
import org.apache.tomcat.websocket.server.WsSci;

/** One node of the chat: a Tomcat, a {@link RedisFanout}, and the services between them. */
public final class ChatNode implements AutoCloseable {
  /** The Python service's, so that both can run side by side. */
  private static final String CHANNEL = "chat_broadcast_channel";

  /** Far more than people type, and pages tell of it; one text more ends the session. */
  private static final JakartaConfig LIMITS =
      JakartaConfig.builder().inboundTextLimitBytes(64 << 10).inboundRate(10, 30).build();

  private final String name;
  private final String address;
  private final Tomcat tomcat;
  private final ChatStore store;
  private final RedisFanout fanout;
  private final Path baseDirectory;

  private ChatNode(String name, String redisUrl, String address, int port) throws IOException {
    this.name = name;
    this.address = address;
    store = new ChatStore(redisUrl);
    fanout =
        RedisFanout.connect(
            redisUrl,
            FanoutConfig.builder(CHANNEL)
                .routing(Routing.ADAPTIVE)
                .outageNotice("{\"type\":\"outage\"}")
                .gapNotice("{\"type\":\"resync\"}")
                .build());
    baseDirectory = Files.createTempDirectory("tomcat-chat-");
    tomcat = new Tomcat();
    tomcat.setBaseDir(baseDirectory.toString());
    tomcat.setConnector(connector(address, port));
    Context context = tomcat.addContext("", null);
    context.addServletContainerInitializer(new WsSci(), Set.of());
    // After WsSci, which makes the WebSocket container.
    context.addServletContainerInitializer((classes, servlets) -> deploy(servlets), Set.of());
  }

  /** Starts a node; returns when it serves. Port 0 is any free port. */
  static ChatNode start(String name, String redisUrl, String address, int port) throws Exception {
    ChatNode node = new ChatNode(name, redisUrl, address, port);
    try {
      node.tomcat.start();
      if (node.port() < 0) {
        throw new IllegalStateException("port " + port + " of " + address + " cannot be used");
      }
      node.fanout.awaitReady(Duration.ofSeconds(10)); // if Redis is away, /health says so
      return node;
    } catch (Exception | Error e) {
      node.close();
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof BindException) {
          throw new IllegalStateException(
              "port %s of %s cannot be used: %s; choose others, as in -Dchat.ports=9081,9082"
                  .formatted(port, address, cause.getMessage()),
              e);
        }
      }
      throw e;
    }
  }

  private static Connector connector(String address, int port) {
    Connector connector = new Connector();
    connector.setPort(port);
    connector.setProperty("address", address);
    connector.setThrowOnFailure(true);
    // Ids of conversations may have any character, and a token carries a user id of any length.
    connector.setEncodedSolidusHandling(EncodedSolidusHandling.PASS_THROUGH.getValue());
    connector.setEncodedReverseSolidusHandling(EncodedSolidusHandling.PASS_THROUGH.getValue());
    connector.setProperty("maxHttpRequestHeaderSize", "65536");
    // So that a client that sends far too much reads the 413, and not a reset connection.
    connector.setProperty("maxSwallowSize", String.valueOf(16 << 20));
    return connector;
  }

  private void deploy(ServletContext servlets) throws ServletException {
    JakartaFanout sockets = new JakartaFanout(fanout, LIMITS);
    AccessTokens tokens = new AccessTokens(store);
    WebSocketTickets tickets = new WebSocketTickets(store);
    MessageService messages = new MessageService(store, fanout.publisher());

    add(servlets, "page", new PageServlet(), "/*");
    add(servlets, "api", new ApiServlet(tokens, tickets, store, messages), "/api/*");
    PresenceServlet presence = new PresenceServlet(tokens, store, fanout.presence());
    add(servlets, "presence", presence, "/api/presence");
    add(servlets, "health", new HealthServlet(name, fanout), "/health");
    add(servlets, "live", new LivenessServlet(), "/live");
    add(servlets, "metrics", new MetricsServlet(fanout), "/metrics");

    HandshakeFilter handshake =
        new HandshakeFilter(
            sockets,
            request -> tickets.take(request.getParameter("ticket")),
            OriginPolicy.sameHost());
    servlets
        .addFilter("handshake", handshake)
        .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/ws");

    sockets.supplyEndpoints(ChatEndpoint.class, () -> new ChatEndpoint(sockets, messages));
    ServerContainer webSockets =
        (ServerContainer) servlets.getAttribute(ServerContainer.class.getName());
    try {
      webSockets.addEndpoint(ChatEndpoint.class);
    } catch (DeploymentException e) {
      throw new ServletException(e);
    }
  }

  private static void add(ServletContext servlets, String name, Servlet servlet, String path) {
    servlets.addServlet(name, servlet).addMapping(path);
  }

  public String name() {
    return name;
  }

  public int port() {
    return tomcat.getConnector().getLocalPort();
  }

  public String url() {
    String host = address.contains(":") ? "[" + address + "]" : address;
    return "http://" + host + ":" + port() + "/";
  }

  public RedisFanout fanout() {
    return fanout;
  }

  /** Sends what waits and closes the WebSockets with 1001, then stops the server. */
  @Override
  public void close() throws LifecycleException, IOException {
    fanout.close();
    try {
      tomcat.stop();
      tomcat.destroy();
    } finally {
      store.close();
      deleteBaseDirectory();
    }
  }

  private void deleteBaseDirectory() throws IOException {
    try (var files = Files.walk(baseDirectory)) {
      for (Path path : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
