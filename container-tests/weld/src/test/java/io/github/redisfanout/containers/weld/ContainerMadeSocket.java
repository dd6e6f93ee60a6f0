package io.github.redisfanout.containers.weld;

import io.github.redisfanout.Publisher;
import io.github.redisfanout.jakarta.FanoutConfigurator;
import io.github.redisfanout.jakarta.JakartaFanout;
import jakarta.inject.Inject;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Made by Tomcat, which injects nothing; so it sends its client what it has got. */
@ServerEndpoint(value = "/ws/container", configurator = FanoutConfigurator.class)
public class ContainerMadeSocket {
  @Inject @Nullable Publisher publisher;

  private @Nullable JakartaFanout sockets; // null until it is open

  @OnOpen
  public void onOpen(Session session) {
    sockets = JakartaFanout.of(session); // needs no injection
    sockets.onOpen(session).send(Map.of("injected", publisher != null));
  }

  @OnClose
  public void onClose(Session session, CloseReason reason) {
    sockets.onClose(session, reason);
  }

  @OnError
  public void onError(Session session, Throwable cause) {
    sockets.onError(session, cause);
  }
}
