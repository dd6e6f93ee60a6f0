package io.github.redisfanout.jakarta;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.testkit.RecordingClient;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.AbstractProtocol;
import org.apache.tomcat.websocket.server.WsSci;

/** One node of an application under test: a RedisFanout and a Tomcat on a free loopback port. */
final class TomcatNode implements AutoCloseable {
  private static final Logger TOMCAT_LOG = Logger.getLogger("org.apache");

  /** Puts the application's endpoints into the container. */
  @FunctionalInterface
  interface Deployment {
    void deploy(ServerContainer container, JakartaFanout sockets) throws DeploymentException;
  }

  final RedisFanout fanout;
  final JakartaFanout sockets;
  private final Tomcat tomcat = new Tomcat();

  private TomcatNode(Builder builder) throws Exception {
    TOMCAT_LOG.setLevel(Level.SEVERE);
    fanout = RedisFanout.connect(builder.redisUri, builder.config.build());
    sockets = new JakartaFanout(fanout, builder.jakarta.build());
    tomcat.setBaseDir(Path.of("target", "tomcat-" + UUID.randomUUID()).toString());
    Connector connector = new Connector();
    connector.setProperty("address", "127.0.0.1");
    connector.setPort(0);
    connector.setProperty("maxConnections", "" + builder.maxConnections);
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "default", new HttpServlet() {});
    context.addServletMappingDecoded("/", "default");
    builder.context.accept(context);
    if (builder.authenticator != null) {
      context.addServletContainerInitializer((types, servlets) -> filter(builder, servlets), null);
    }
    context.addServletContainerInitializer(new WsSci(), null);
    context.addServletContainerInitializer((types, servlets) -> deploy(builder, servlets), null);
    tomcat.start();
    if (!fanout.awaitReady(Duration.ofSeconds(10))) {
      throw new IllegalStateException("the node does not receive");
    }
  }

  private void filter(Builder builder, ServletContext servlets) {
    FilterRegistration.Dynamic filter =
        servlets.addFilter(
            "handshake",
            new HandshakeFilter(
                sockets, builder.authenticator, builder.origins, builder.identityRefusal));
    filter.setAsyncSupported(true);
    filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/ws");
  }

  private void deploy(Builder builder, ServletContext servlets) throws ServletException {
    ServerContainer container =
        (ServerContainer) servlets.getAttribute(ServerContainer.class.getName());
    try {
      builder.deployment.deploy(container, sockets);
    } catch (DeploymentException e) {
      throw new ServletException(e);
    }
  }

  /** A node with the ready-made endpoint on {@code /ws?user=…}. */
  static TomcatNode start(String redisUri) {
    return builder(redisUri).start();
  }

  static Builder builder(String redisUri) {
    return new Builder(redisUri);
  }

  int port() {
    return tomcat.getConnector().getLocalPort();
  }

  /** Connects as a user that the node's authenticator believes, and waits for the session. */
  RecordingClient connect(String user) {
    return RecordingClient.connect(fanout, user, uri("/ws?user=" + user));
  }

  RecordingClient connectTo(String path, String... headers) {
    return RecordingClient.connect(uri(path), headers);
  }

  /** The status of a handshake. */
  int status(String path, String... headers) {
    return RecordingClient.handshakeStatus(uri(path), headers);
  }

  private URI uri(String path) {
    return URI.create("ws://127.0.0.1:" + port() + path);
  }

  /** How many sockets the server has; one more than there are clients is normal. */
  long connections() {
    return ((AbstractProtocol<?>) tomcat.getConnector().getProtocolHandler()).getConnectionCount();
  }

  @Override
  public void close() {
    fanout.close();
    try {
      tomcat.stop();
      tomcat.destroy();
    } catch (LifecycleException e) {
      throw new IllegalStateException(e);
    }
  }

  static final class Builder {
    private final String redisUri;
    private final FanoutConfig.Builder config = FanoutConfig.builder("jakarta-tests");
    private final JakartaConfig.Builder jakarta = JakartaConfig.builder();
    private Authenticator authenticator = request -> request.getParameter("user");
    private int maxConnections = 8_192; // Tomcat's default
    private OriginPolicy origins = OriginPolicy.sameHost();
    private IdentityRefusal identityRefusal = IdentityRefusal.STATUS_401;
    private Consumer<Context> context = context -> {};
    private Deployment deployment =
        (container, sockets) -> add(container, () -> new FanoutEndpoint(sockets));

    private Builder(String redisUri) {
      this.redisUri = redisUri;
    }

    Builder config(UnaryOperator<FanoutConfig.Builder> change) {
      change.apply(config);
      return this;
    }

    Builder jakarta(UnaryOperator<JakartaConfig.Builder> change) {
      change.apply(jakarta);
      return this;
    }

    Builder authenticator(Authenticator authenticator) {
      this.authenticator = authenticator;
      return this;
    }

    Builder withoutFilter() {
      authenticator = null;
      return this;
    }

    /** How many sockets Tomcat serves; further ones wait. */
    Builder maxConnections(int number) {
      maxConnections = number;
      return this;
    }

    Builder origins(OriginPolicy origins) {
      this.origins = origins;
      return this;
    }

    Builder identityRefusal(IdentityRefusal how) {
      identityRefusal = how;
      return this;
    }

    /** What is in front of the handshake filter. */
    Builder context(Consumer<Context> change) {
      context = change;
      return this;
    }

    Builder deployment(Deployment deployment) {
      this.deployment = deployment;
      return this;
    }

    /** The ready-made endpoint with a handler. */
    Builder handler(TextHandler handler) {
      return handlers((session, socket) -> {}, handler);
    }

    Builder handlers(OpenHandler openHandler, TextHandler textHandler) {
      return deployment(
          (container, sockets) ->
              add(container, () -> new FanoutEndpoint(sockets, openHandler, textHandler)));
    }

    private static void add(ServerContainer container, Supplier<FanoutEndpoint> endpoints)
        throws DeploymentException {
      container.addEndpoint(
          ServerEndpointConfig.Builder.create(FanoutEndpoint.class, "/ws")
              .configurator(new FanoutConfigurator(endpoints))
              .build());
    }

    TomcatNode start() {
      try {
        return new TomcatNode(this);
      } catch (Exception e) {
        throw new IllegalStateException("the node did not start", e);
      }
    }
  }
}
