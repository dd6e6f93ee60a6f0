package io.github.redisfanout.containers.war;

import io.github.redisfanout.jakarta.FanoutConfigurator;
import io.github.redisfanout.jakarta.JakartaFanout;
import jakarta.websocket.server.ServerEndpoint;

/** Found by the container, and added by the application as well. */
@ServerEndpoint(value = "/ws/added", configurator = FanoutConfigurator.class)
public class AddedSocket extends ChatSocket {
  AddedSocket(JakartaFanout sockets) {
    super(sockets);
  }
}
