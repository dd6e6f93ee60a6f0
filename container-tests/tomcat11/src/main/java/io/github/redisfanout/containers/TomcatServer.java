package io.github.redisfanout.containers;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.server.ServerContainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.websocket.server.WsSci;

/** An embedded Tomcat with its default connector; the same source for 10.1 and 11. */
public final class TomcatServer implements ContainerServer {
  private static final Logger LOG = Logger.getLogger("org.apache"); // kept, or the level is lost

  private final Tomcat tomcat = new Tomcat();

  public TomcatServer(ServerSetup setup) throws Exception {
    LOG.setLevel(Level.SEVERE);
    Path base = Files.createTempDirectory("tomcat");
    base.toFile().deleteOnExit();
    tomcat.setBaseDir(base.toString());
    Connector connector = new Connector();
    connector.setProperty("address", "127.0.0.1");
    connector.setPort(0);
    if (setup.http2()) {
      connector.addUpgradeProtocol(new Http2Protocol());
    }
    if (setup.threads() > 0) {
      connector.setProperty("maxThreads", String.valueOf(setup.threads()));
    }
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "default", new HttpServlet() {});
    context.addServletMappingDecoded("/", "default"); // without it every handshake is 404
    context.addServletContainerInitializer((types, servlets) -> filter(setup, servlets), null);
    context.addServletContainerInitializer(new WsSci(), setup.scanned());
    context.addServletContainerInitializer((types, servlets) -> deploy(setup, servlets), null);
    tomcat.start();
  }

  private static void filter(ServerSetup setup, ServletContext servlets) {
    FilterRegistration.Dynamic filter = servlets.addFilter("handshake", setup.filter());
    filter.setAsyncSupported(true);
    filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, ServerSetup.PATH);
  }

  private static void deploy(ServerSetup setup, ServletContext servlets) {
    setup.deployTo((ServerContainer) servlets.getAttribute(ServerContainer.class.getName()));
  }

  @Override
  public int port() {
    return tomcat.getConnector().getLocalPort();
  }

  @Override
  public void close() throws Exception {
    tomcat.stop();
    tomcat.destroy();
  }
}
