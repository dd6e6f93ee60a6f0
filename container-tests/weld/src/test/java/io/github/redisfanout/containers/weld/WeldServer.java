package io.github.redisfanout.containers.weld;

import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.jakarta.HandshakeFilter;
import io.github.redisfanout.jakarta.JakartaFanout;
import jakarta.enterprise.inject.spi.CDI;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;
import org.jboss.weld.environment.servlet.EnhancedListener;

/** An embedded Tomcat with Weld, which also injects into its servlets. */
final class WeldServer implements AutoCloseable {
  // Kept, or the levels are lost.
  private static final List<Logger> LOGS =
      List.of(Logger.getLogger("org.apache"), Logger.getLogger("org.jboss.weld"));

  private final Tomcat tomcat = new Tomcat();
  private RedisFanout fanout; // CDI makes it while the context starts

  WeldServer() throws Exception {
    LOGS.forEach(log -> log.setLevel(Level.SEVERE));
    Path base = Files.createTempDirectory("tomcat");
    base.toFile().deleteOnExit();
    tomcat.setBaseDir(base.toString());
    Connector connector = new Connector();
    connector.setProperty("address", "127.0.0.1");
    connector.setPort(0);
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "default", new HttpServlet() {});
    context.addServletMappingDecoded("/", "default");
    Tomcat.addServlet(context, "publish", PublishServlet.class.getName());
    context.addServletMappingDecoded("/publish", "publish");
    context.addServletContainerInitializer(
        new EnhancedListener(), null); // before all that asks CDI
    context.addServletContainerInitializer((types, servlets) -> filter(servlets), null);
    context.addServletContainerInitializer(new WsSci(), null);
    context.addServletContainerInitializer((types, servlets) -> deploy(servlets), null);
    tomcat.start();
  }

  private void filter(ServletContext servlets) {
    fanout = CDI.current().select(RedisFanout.class).get();
    JakartaFanout sockets = CDI.current().select(JakartaFanout.class).get();
    HandshakeFilter filter = new HandshakeFilter(sockets, request -> request.getParameter("user"));
    servlets
        .addFilter("handshake", filter)
        .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/ws/*");
  }

  private static void deploy(ServletContext servlets) {
    ServerContainer container =
        (ServerContainer) servlets.getAttribute(ServerContainer.class.getName());
    try {
      container.addEndpoint(ContainerMadeSocket.class);
      container.addEndpoint(AnnotatedSocket.class);
      JakartaFanout sockets = CDI.current().select(JakartaFanout.class).get();
      sockets.supplyEndpoints(
          ProgrammaticSocket.class, () -> CDI.current().select(ProgrammaticSocket.class).get());
      container.addEndpoint(ProgrammaticSocket.class);
      DependentSocket.Instances instances =
          CDI.current().select(DependentSocket.Instances.class).get();
      sockets.supplyEndpoints(DependentSocket.class, instances::make);
      container.addEndpoint(DependentSocket.class);
    } catch (DeploymentException e) {
      throw new IllegalStateException(e);
    }
  }

  RedisFanout fanout() {
    return fanout;
  }

  int port() {
    return tomcat.getConnector().getLocalPort();
  }

  @Override
  public void close() throws Exception {
    tomcat.stop();
    tomcat.destroy();
  }
}
