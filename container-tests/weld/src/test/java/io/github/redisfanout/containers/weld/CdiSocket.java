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
  @Inject JakartaFanout fanout;
  @Inject Publisher publisher;
  @Inject Belongings belongings;

  @OnOpen
  public void opened(Session session) {
    fanout.open(session);
  }

  @OnMessage
  public void received(Session session, String text) throws Exception {
    FanoutSession client = fanout.session(session);
    if (client != null && fanout.admit(session, text)) {
      publisher.publish(List.of(client.userId()), Map.of("note", text)).get();
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
