package io.github.redisfanout.benchmarks.sockets;

import io.github.redisfanout.jakarta.FanoutConfigurator;
import io.github.redisfanout.jakarta.JakartaFanout;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;

/** An annotated endpoint, as on the page on getting started. */
@ServerEndpoint(value = "/ws", configurator = FanoutConfigurator.class)
@SuppressWarnings("NullAway.Init") // by onOpen, which comes first
public class ChatSocket {
  private JakartaFanout sockets;

  @OnOpen
  public void onOpen(Session session) {
    sockets = JakartaFanout.of(session);
    sockets.onOpen(session);
  }

  @OnMessage
  public void onText(Session session, String text) {
    sockets.onText(session, text);
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
