package io.github.redisfanout.containers;

import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.ee10.websocket.servlet.WebSocketUpgradeFilter;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** An embedded Jetty with its default connector. */
public final class JettyServer implements ContainerServer {
  private static final Logger LOG =
      Logger.getLogger("org.eclipse.jetty"); // kept, or the level is lost

  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);

  public JettyServer(ServerSetup setup) throws Exception {
    LOG.setLevel(Level.SEVERE);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    FilterHolder filter = new FilterHolder(setup.filter());
    filter.setAsyncSupported(true);
    context.addFilter(filter, ServerSetup.PATH, EnumSet.of(DispatcherType.REQUEST));
    // Jetty puts its filter that upgrades before all others, unless there is one of this name.
    FilterHolder upgrade = new FilterHolder(new WebSocketUpgradeFilter());
    upgrade.setName(WebSocketUpgradeFilter.class.getName());
    upgrade.setAsyncSupported(true);
    context.addFilter(upgrade, "/*", EnumSet.of(DispatcherType.REQUEST));
    JakartaWebSocketServletContainerInitializer.configure(
        context, (servlets, container) -> setup.deployTo(container));
    server.setHandler(context);
    server.start();
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
