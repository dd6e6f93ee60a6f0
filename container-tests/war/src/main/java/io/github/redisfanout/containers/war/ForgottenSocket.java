package io.github.redisfanout.containers.war;

import io.github.redisfanout.jakarta.FanoutConfigurator;
import io.github.redisfanout.jakarta.JakartaFanout;
import jakarta.websocket.server.ServerEndpoint;

/** The mistake: its constructor has an argument, and the application has said nothing of it. */
@ServerEndpoint(value = "/ws/forgotten", configurator = FanoutConfigurator.class)
public class ForgottenSocket extends ChatSocket {
  ForgottenSocket(JakartaFanout sockets) {
    super(sockets);
  }
}
