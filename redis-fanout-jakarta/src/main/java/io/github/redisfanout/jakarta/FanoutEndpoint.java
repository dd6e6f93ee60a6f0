package io.github.redisfanout.jakarta;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutSession;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import java.nio.ByteBuffer;

/**
 * A ready-made endpoint: opens and closes sessions, and hands inbound text to the application.
 *
 * <pre>{@code
 * ServerEndpointConfig.Builder.create(FanoutEndpoint.class, "/ws")
 *     .configurator(new FanoutConfigurator(() -> new FanoutEndpoint(fanout, handler)))
 *     .build();
 * }</pre>
 *
 * <p>Needs a {@link HandshakeFilter} on its path. A binary message closes its session with 1003 (a
 * long one with 1009), a handler that throws with 1011 and a warning in the log, at most one in 10
 * s. Thread-safe, and keeps nothing of a connection.
 */
public class FanoutEndpoint extends Endpoint {
  /** Enough to see that there is one; some containers have no limit of their own. */
  private static final int BINARY_BYTES = 1024;

  private static final Disconnect NO_BINARY =
      new Disconnect(CloseCodes.CANNOT_ACCEPT.getCode(), "binary messages are not accepted");

  private final JakartaFanout fanout;
  private final TextHandler handler;

  /** Ignores what clients send, except as a sign of life. */
  public FanoutEndpoint(JakartaFanout fanout) {
    this(fanout, (session, text) -> {});
  }

  public FanoutEndpoint(JakartaFanout fanout, TextHandler handler) {
    this.fanout = requireNonNull(fanout, "fanout == null");
    this.handler = requireNonNull(handler, "handler == null");
  }

  @Override
  public void onOpen(Session session, EndpointConfig config) {
    session.setMaxBinaryMessageBufferSize(BINARY_BYTES);
    session.addMessageHandler(String.class, text -> onText(session, text));
    session.addMessageHandler(ByteBuffer.class, bytes -> onBinary(session));
    fanout.open(session);
  }

  private void onText(Session session, String text) {
    FanoutSession open = fanout.session(session);
    if (open == null) {
      return; // it is being closed
    }
    open.touch();
    try {
      handler.onText(open, text);
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      fanout.warnings().warn("A text handler threw; its session is closed", e);
      fanout.failed(session, e);
    }
  }

  private void onBinary(Session session) {
    FanoutSession open = fanout.session(session);
    if (open != null) {
      open.disconnect(NO_BINARY);
    }
  }

  @Override
  public void onClose(Session session, CloseReason reason) {
    fanout.closed(session, reason);
  }

  @Override
  public void onError(Session session, Throwable cause) {
    fanout.failed(session, cause);
  }
}
