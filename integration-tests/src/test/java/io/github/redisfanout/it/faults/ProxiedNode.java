package io.github.redisfanout.it.faults;

import io.github.redisfanout.FanoutConfig;
import io.github.redisfanout.FanoutHealth;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.jakarta.FanoutConfigurator;
import io.github.redisfanout.jakarta.FanoutEndpoint;
import io.github.redisfanout.jakarta.HandshakeFilter;
import io.github.redisfanout.jakarta.JakartaFanout;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.RemoteIpValve;
import org.apache.tomcat.websocket.server.WsSci;

/** A node behind a proxy: {@code /ws?user=…} on a Tomcat, and {@code /health}. */
final class ProxiedNode implements AutoCloseable {
  final RedisFanout fanout;
  private final Tomcat tomcat = new Tomcat();

  /** {@code forwarding}: Tomcat believes what proxies say of the host. */
  ProxiedNode(Path directory, FanoutConfig config, String redisUri, boolean forwarding)
      throws Exception {
    fanout = RedisFanout.connect(redisUri, config);
    tomcat.setBaseDir(directory.toString());
    Connector connector = new Connector();
    connector.setProperty("address", "127.0.0.1");
    connector.setPort(0);
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", null);
    if (forwarding) {
      RemoteIpValve valve = new RemoteIpValve();
      valve.setHostHeader("X-Forwarded-Host");
      valve.setPortHeader("X-Forwarded-Port");
      context.getPipeline().addValve(valve);
    }
    Tomcat.addServlet(context, "health", new HealthServlet(fanout));
    context.addServletMappingDecoded("/", "health");
    JakartaFanout sockets = new JakartaFanout(fanout);
    context.addServletContainerInitializer(new WsSci(), null);
    context.addServletContainerInitializer((types, servlets) -> deploy(sockets, servlets), null);
    tomcat.start();
    if (!fanout.awaitReady(Duration.ofSeconds(20))) {
      throw new IllegalStateException("the node does not receive");
    }
  }

  private static void deploy(JakartaFanout sockets, ServletContext servlets)
      throws ServletException {
    servlets
        .addFilter(
            "handshake", new HandshakeFilter(sockets, request -> request.getParameter("user")))
        .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/ws");
    try {
      ((ServerContainer) servlets.getAttribute(ServerContainer.class.getName()))
          .addEndpoint(
              ServerEndpointConfig.Builder.create(FanoutEndpoint.class, "/ws")
                  .configurator(new FanoutConfigurator(() -> new FanoutEndpoint(sockets)))
                  .build());
    } catch (DeploymentException e) {
      throw new ServletException(e);
    }
  }

  int port() {
    return tomcat.getConnector().getLocalPort();
  }

  @Override
  public void close() throws LifecycleException {
    fanout.close();
    tomcat.stop();
    tomcat.destroy();
  }

  private static final class HealthServlet extends HttpServlet {
    private static final long serialVersionUID = 1;
    private final transient RedisFanout fanout;

    HealthServlet(RedisFanout fanout) {
      this.fanout = fanout;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
      response.setStatus(fanout.health().status() == FanoutHealth.Status.UP ? 200 : 503);
    }
  }
}
