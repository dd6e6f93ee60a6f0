package io.github.redisfanout.containers.weld;

import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Publisher;
import io.github.redisfanout.jakarta.JakartaFanout;
import jakarta.inject.Inject;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import java.util.List;
import java.util.Map;

/** What all endpoints here have in common: they publish to a user what that user says. */
public abstract class CdiSocket {
  @Inject JakartaFanout sockets;
  @Inject Publisher publisher;
  @Inject Belongings belongings;

  @OnOpen
  public void onOpen(Session session) {
    sockets.onOpen(session);
  }

  @OnMessage
  public void onText(Session session, String text) throws Exception {
    FanoutSession client = sockets.session(session);
    if (client != null && sockets.onText(session, text)) {
      publisher.publish(List.of(client.userId()), Map.of("note", text)).get();
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
