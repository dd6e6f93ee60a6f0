package io.github.redisfanout.examples.spring;

import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Publisher;
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

/** The WebSocket of one client, made by Spring; what a user says reaches all their devices. */
@ServerEndpoint(value = FanoutConfiguration.PATH, configurator = FanoutConfigurator.class)
public class ChatSocket {
  private final JakartaFanout sockets;
  private final Publisher publisher;

  ChatSocket(JakartaFanout sockets, Publisher publisher) {
    this.sockets = sockets;
    this.publisher = publisher;
  }

  @OnOpen
  public void onOpen(Session session) {
    sockets.onOpen(session); // as the user whom the filter found
  }

  @OnMessage
  public void onText(Session session, String text) {
    FanoutSession client = sockets.session(session);
    if (client != null && sockets.onText(session, text)) {
      // Whether it succeeded this client sees as well: it is one of those that get it.
      var unused = publisher.publish(List.of(client.userId()), Map.of("note", text));
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
