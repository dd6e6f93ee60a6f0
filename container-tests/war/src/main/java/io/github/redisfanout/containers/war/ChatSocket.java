package io.github.redisfanout.containers.war;

import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.jakarta.FanoutConfigurator;
import io.github.redisfanout.jakarta.JakartaFanout;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.util.List;
import java.util.Map;

/** Its constructor has an argument; publishes to a user what that user says. */
@ServerEndpoint(value = "/ws/chat", configurator = FanoutConfigurator.class)
public class ChatSocket {
  private final JakartaFanout sockets;

  ChatSocket(JakartaFanout sockets) {
    this.sockets = sockets;
  }

  @OnOpen
  public void onOpen(Session session) {
    sockets.onOpen(session);
  }

  @OnMessage
  public void onText(Session session, String text) {
    FanoutSession client = sockets.session(session);
    if (client != null && sockets.onText(session, text)) {
      var unused =
          sockets.fanout().publisher().publish(List.of(client.userId()), Map.of("note", text));
    }
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
