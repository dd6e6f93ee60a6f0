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
import org.jspecify.annotations.Nullable;

/** The endpoint of the README, word for word but for the null checks. */
@ServerEndpoint(value = "/ws", configurator = FanoutConfigurator.class)
public class ChatSocket {
  private @Nullable JakartaFanout fanout; // null until it is open

  @OnOpen
  public void opened(Session session) {
    fanout = JakartaFanout.of(session);
    fanout.open(session);
  }

  @OnMessage
  public void received(Session session, String text) {
    if (fanout != null) {
      fanout.touch(session);
    }
  }

  @OnClose
  public void closed(Session session, CloseReason reason) {
    if (fanout != null) {
      fanout.closed(session, reason);
    }
  }

  @OnError
  public void failed(Session session, Throwable cause) {
    if (fanout != null) {
      fanout.failed(session, cause);
    }
  }
}
