package io.github.redisfanout.containers;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import jakarta.websocket.server.ServerContainer;
import java.util.EnumSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.ee10.websocket.servlet.WebSocketUpgradeFilter;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** An embedded Jetty with its default connector. */
public final class JettyServer implements ContainerServer {
  private static final Logger LOG =
      Logger.getLogger("org.eclipse.jetty"); // kept, or the level is lost

  private final Server server;
  private final ServerConnector connector;

  public JettyServer(ServerSetup setup) throws Exception {
    LOG.setLevel(Level.SEVERE);
    server = setup.threads() > 0 ? new Server(new QueuedThreadPool(setup.threads())) : new Server();
    connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    if (setup.http2()) {
      connector.addConnectionFactory(new HTTP2CServerConnectionFactory(new HttpConfiguration()));
    }
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/", ServletContextHandler.SESSIONS);
    FilterHolder filter = new FilterHolder(setup.filter());
    filter.setAsyncSupported(true);
    context.addFilter(filter, ServerSetup.PATH, EnumSet.of(DispatcherType.REQUEST));
    // Jetty puts its filter that upgrades before all others, unless there is one of this name.
    FilterHolder upgrade = new FilterHolder(new WebSocketUpgradeFilter());
    upgrade.setName(WebSocketUpgradeFilter.class.getName());
    upgrade.setAsyncSupported(true);
    context.addFilter(upgrade, "/*", EnumSet.of(DispatcherType.REQUEST));
    JakartaWebSocketServletContainerInitializer webSockets =
        new JakartaWebSocketServletContainerInitializer();
    context.addServletContainerInitializer(webSockets, setup.scanned().toArray(new Class<?>[0]));
    context.addServletContainerInitializer((types, servlets) -> deploy(setup, servlets));
    server.setHandler(context);
    server.start();
  }

  private static void deploy(ServerSetup setup, ServletContext servlets) {
    setup.deployTo((ServerContainer) servlets.getAttribute(ServerContainer.class.getName()));
  }

  @Override
  public int port() {
    return connector.getLocalPort();
  }

  @Override
  public void close() throws Exception {
    server.stop();
  }
}
