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
 * <p>Needs a {@link HandshakeFilter} on its path, or a configurator made {@linkplain
 * FanoutConfigurator#withoutFilter without one}. It holds the limits of {@link JakartaConfig}. A
 * binary message closes its session with 1003, a handler that throws with 1011 and a warning in the
 * log, at most one in 10 s. Thread-safe, and keeps nothing of a connection.
 */
public class FanoutEndpoint extends Endpoint {
  private static final Disconnect NO_BINARY =
      new Disconnect(CloseCodes.CANNOT_ACCEPT.getCode(), "binary messages are not accepted");

  private final JakartaFanout fanout;
  private final TextHandler handler;

  /** Ignores what clients send, except as a sign of life. */
  public FanoutEndpoint(JakartaFanout fanout) {
    this(fanout, (session, text) -> {});
  }

  /** Hands what clients send to this handler. */
  public FanoutEndpoint(JakartaFanout fanout, TextHandler handler) {
    this.fanout = requireNonNull(fanout, "fanout == null");
    this.handler = requireNonNull(handler, "handler == null");
  }

  @Override
  public void onOpen(Session session, EndpointConfig config) {
    session.addMessageHandler(
        String.class,
        new TextAssembler(
            fanout.config().inboundTextLimitBytes(),
            () -> fanout.touch(session),
            text -> onText(session, text),
            () -> disconnect(session, Disconnect.TOO_LONG)));
    // In parts, so that no container keeps a long one, or has a limit and a code of its own for it.
    session.addMessageHandler(ByteBuffer.class, (bytes, last) -> disconnect(session, NO_BINARY));
    fanout.openForParts(session);
  }

  private void onText(Session session, String text) {
    FanoutSession open = fanout.admitted(session);
    if (open == null) {
      return; // it is being closed
    }
    try {
      handler.onText(open, text);
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      fanout.warnings().warn("A text handler threw; its session is closed", e);
      open.disconnect(JakartaFanout.FAILED);
    }
  }

  private void disconnect(Session session, Disconnect why) {
    FanoutSession open = fanout.session(session);
    if (open != null) {
      open.disconnect(why);
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
