package io.github.redisfanout.containers.war;

import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.jakarta.HandshakeFilter;
import io.github.redisfanout.jakarta.JakartaFanout;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.annotation.WebListener;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/** Starts the node with the application, and stops it with the application. */
@WebListener
public class ChatStart implements ServletContextListener {
  private @Nullable RedisFanout fanout; // null before the start

  @Override
  public void contextInitialized(ServletContextEvent event) {
    RedisFanout node = RedisFanout.connect(System.getProperty("redis.url"), "war");
    fanout = node;
    JakartaFanout sockets = new JakartaFanout(node);
    sockets.supplyEndpoints(ChatSocket.class, () -> new ChatSocket(sockets));
    sockets.supplyEndpoints(AddedSocket.class, () -> new AddedSocket(sockets));

    ServletContext application = event.getServletContext();
    application.setAttribute("publisher", node.publisher());
    application
        .addFilter("handshake", new HandshakeFilter(sockets, r -> r.getParameter("user")))
        .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/ws/*");
    ServerContainer server =
        (ServerContainer) application.getAttribute(ServerContainer.class.getName());
    try {
      server.addEndpoint(AddedSocket.class); // which the container has found already
    } catch (DeploymentException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void contextDestroyed(ServletContextEvent event) {
    if (fanout != null) {
      fanout.close();
    }
  }
}
