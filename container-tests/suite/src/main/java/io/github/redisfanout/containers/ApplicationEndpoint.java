package io.github.redisfanout.containers;

import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.jakarta.FanoutEndpoint;
import io.github.redisfanout.jakarta.JakartaFanout;
import io.github.redisfanout.jakarta.OpenHandler;
import io.github.redisfanout.jakarta.TextHandler;
import jakarta.websocket.CloseReason;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import org.jspecify.annotations.Nullable;

/** An application's endpoint, which notes what the container tells it; one for each connection. */
public final class ApplicationEndpoint extends FanoutEndpoint {
  /** The last one that closed: not a map of all, as tests look for what stays in memory. */
  private static volatile @Nullable Closed last;

  private final JakartaFanout sockets;
  private volatile @Nullable FanoutSession opened; // null: refused

  /** What the container said of a session's end. */
  private record Closed(FanoutSession session, int code) {}

  ApplicationEndpoint(JakartaFanout sockets, OpenHandler openHandler, TextHandler textHandler) {
    super(sockets, openHandler, textHandler);
    this.sockets = sockets;
  }

  /** The code with which the container has just closed a session; 0 if it has not. */
  static int closeCode(FanoutSession session) {
    Closed closed = last;
    return closed != null && closed.session() == session ? closed.code() : 0;
  }

  @Override
  public void onOpen(Session socket, EndpointConfig config) {
    super.onOpen(socket, config);
    opened = sockets.session(socket);
  }

  @Override
  public void onClose(Session socket, CloseReason reason) {
    super.onClose(socket, reason);
    FanoutSession session = opened;
    if (session != null) {
      last = new Closed(session, reason.getCloseCode().getCode());
    }
  }
}
