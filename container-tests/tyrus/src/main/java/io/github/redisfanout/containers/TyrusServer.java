package io.github.redisfanout.containers;

import jakarta.websocket.DeploymentException;
import java.io.IOException;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.glassfish.tyrus.server.TyrusServerContainer;
import org.glassfish.tyrus.spi.ServerContainerFactory;

/** A Tyrus on Grizzly, without servlets. */
public final class TyrusServer implements ContainerServer {
  private static final Logger LOG = Logger.getLogger("org.glassfish"); // kept, or the level is lost

  private final TyrusServerContainer container;

  public TyrusServer(ServerSetup setup) throws DeploymentException, IOException {
    LOG.setLevel(Level.SEVERE);
    container = (TyrusServerContainer) ServerContainerFactory.createServerContainer(Map.of());
    container.addEndpoint(setup.endpointWithoutFilter());
    container.start("", 0);
  }

  @Override
  public int port() {
    return container.getPort();
  }

  @Override
  public void close() {
    container.stop();
  }
}
