package io.github.redisfanout.jakarta;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutSession;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import java.nio.ByteBuffer;

/**
 * A ready-made endpoint: opens and closes sessions, and hands them and inbound text to the
 * application.
 *
 * <pre>{@code
 * ServerEndpointConfig.Builder.create(FanoutEndpoint.class, "/ws")
 *     .configurator(new FanoutConfigurator(() -> new FanoutEndpoint(sockets, handler)))
 *     .build();
 * }</pre>
 *
 * <p>Needs a {@link HandshakeFilter} on its path, or a configurator made {@linkplain
 * FanoutConfigurator#withoutFilter without one}. It enforces the limits of {@link JakartaConfig}. A
 * binary message closes its session with {@link Disconnect#BAD_MESSAGE}, 4400, a handler that
 * throws with {@link Disconnect#FAILED}, 1011, and a warning in the log, at most one in 10 s.
 * Thread-safe, and keeps nothing of a connection.
 */
public class FanoutEndpoint extends Endpoint {
  private static final Disconnect NO_BINARY =
      new Disconnect(Disconnect.BAD_MESSAGE.code(), "binary messages are not accepted");

  private final JakartaFanout sockets;
  private final OpenHandler openHandler;
  private final TextHandler textHandler;

  /** Ignores what clients send, except as a sign of life. */
  public FanoutEndpoint(JakartaFanout sockets) {
    this(sockets, (session, text) -> {});
  }

  /** Hands what clients send to this handler. */
  public FanoutEndpoint(JakartaFanout sockets, TextHandler textHandler) {
    this(sockets, (session, socket) -> {}, textHandler);
  }

  /** Also hands each session to a handler when it opens. */
  public FanoutEndpoint(JakartaFanout sockets, OpenHandler openHandler, TextHandler textHandler) {
    this.sockets = requireNonNull(sockets, "sockets == null");
    this.openHandler = requireNonNull(openHandler, "openHandler == null");
    this.textHandler = requireNonNull(textHandler, "textHandler == null");
  }

  @Override
  public void onOpen(Session session, EndpointConfig config) {
    session.addMessageHandler(
        String.class,
        new TextAssembler(
            sockets.config().inboundTextLimitBytes(),
            () -> sockets.touch(session),
            text -> onText(session, text),
            () -> disconnect(session, Disconnect.TOO_LONG)));
    // In parts, so that no container keeps a long one, or has a limit and a code of its own for it.
    session.addMessageHandler(ByteBuffer.class, (bytes, last) -> disconnect(session, NO_BINARY));
    FanoutSession open = sockets.onOpenWithoutTextLimit(session);
    if (open == null || !open.isOpen()) {
      return; // refused
    }
    if (sockets.config().openWhenReady()) {
      handOverWhenReady(open, session);
    } else {
      handOver(open, session);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a session that has closed is not handed over
  private void handOverWhenReady(FanoutSession open, Session session) {
    open.ready().thenRun(() -> handOver(open, session));
  }

  private void handOver(FanoutSession open, Session session) {
    try {
      openHandler.onOpen(open, session);
    } catch (Exception e) {
      handlerThrew("An open handler", open, e);
    }
  }

  private void onText(Session session, String text) {
    FanoutSession open = sockets.onTextWithinLimit(session);
    if (open == null) {
      return; // it is being closed
    }
    try {
      textHandler.onText(open, text);
    } catch (Exception e) {
      handlerThrew("A text handler", open, e);
    }
  }

  private void handlerThrew(String handler, FanoutSession session, Exception e) {
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    sockets.warnings().warn(handler + " threw; its session is closed", e);
    session.disconnect(Disconnect.FAILED);
  }

  private void disconnect(Session session, Disconnect why) {
    FanoutSession open = sockets.session(session);
    if (open != null) {
      open.disconnect(why);
    }
  }

  @Override
  public void onClose(Session session, CloseReason reason) {
    sockets.onClose(session, reason);
  }

  @Override
  public void onError(Session session, Throwable cause) {
    sockets.onError(session, cause);
  }
}
