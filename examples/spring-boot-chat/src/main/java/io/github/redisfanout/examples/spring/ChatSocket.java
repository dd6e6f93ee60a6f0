package io.github.redisfanout.examples.spring;

import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.Publisher;
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
@ServerEndpoint("/ws")
public class ChatSocket {
  private final JakartaFanout fanout;
  private final Publisher publisher;

  ChatSocket(JakartaFanout fanout, Publisher publisher) {
    this.fanout = fanout;
    this.publisher = publisher;
  }

  @OnOpen
  public void opened(Session session) {
    fanout.open(session); // as the user whom the filter found
  }

  @OnMessage
  public void received(Session session, String text) {
    FanoutSession client = fanout.session(session);
    if (client != null && fanout.admit(session, text)) {
      // Whether it succeeded this client sees as well: it is one of those that get it.
      var unused = publisher.publish(List.of(client.userId()), Map.of("note", text));
    }
  }

  @OnClose
  public void closed(Session session, CloseReason reason) {
    fanout.closed(session, reason);
  }

  @OnError
  public void failed(Session session, Throwable cause) {
    fanout.failed(session, cause);
  }
}
