package io.github.redisfanout.jakarta;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.io.EOFException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects one {@link RedisFanout} node to the sessions of a Jakarta WebSocket container.
 *
 * <p>An annotated endpoint tells it what happens, by plain calls:
 *
 * <pre>{@code
 * @ServerEndpoint(value = "/ws", configurator = FanoutConfigurator.class)
 * public class ChatSocket {
 *   private JakartaFanout fanout;
 *
 *   @OnOpen public void opened(Session session) {
 *     fanout = JakartaFanout.of(session);
 *     fanout.open(session);
 *   }
 *   @OnMessage public void text(Session session, String text) {
 *     fanout.touch(session);
 *   }
 *   @OnClose public void closed(Session session, CloseReason reason) {
 *     fanout.closed(session, reason);
 *   }
 *   @OnError public void failed(Session session, Throwable cause) {
 *     fanout.failed(session, cause);
 *   }
 * }
 * }</pre>
 *
 * <p>It owns all writes to an open session: the application sends by {@link FanoutSession#send} and
 * never by the container's remotes. It owns liveness, too: it pings, and switches the container's
 * idle timeout off, which cannot fire while pings are written.
 *
 * <p>Thread-safe. It does not close the node; closing the node disconnects all its sessions.
 */
public final class JakartaFanout {
  private static final Logger log = LoggerFactory.getLogger(JakartaFanout.class);
  private static final Disconnect NO_IDENTITY =
      new Disconnect(Disconnect.POLICY.code(), "no identity");
  private static final Disconnect FAILED =
      new Disconnect(CloseCodes.UNEXPECTED_CONDITION.getCode(), "session failed");

  private final RedisFanout fanout;
  private final JakartaConfig config;
  private final Warnings warnings = new Warnings();

  // Not in the sessions' user properties: some containers refuse them after the close.
  private final ConcurrentHashMap<Session, FanoutSession> sessions = new ConcurrentHashMap<>();

  /** An adapter with all defaults. */
  public JakartaFanout(RedisFanout fanout) {
    this(fanout, JakartaConfig.defaults());
  }

  public JakartaFanout(RedisFanout fanout, JakartaConfig config) {
    this.fanout = requireNonNull(fanout, "fanout == null");
    this.config = requireNonNull(config, "config == null");
  }

  /**
   * The adapter whose {@link HandshakeFilter} let this connection in.
   *
   * <p>Call it when the session opens and keep the answer in the endpoint, of which the container
   * makes one for each connection: some containers have forgotten it when the session closes.
   *
   * @throws IllegalStateException if the handshake left none
   */
  public static JakartaFanout of(Session session) {
    Object found = session.getUserProperties().get(FanoutConfigurator.FANOUT);
    if (found instanceof JakartaFanout fanout) {
      return fanout;
    }
    throw new IllegalStateException(
        "no JakartaFanout came with the handshake: map a HandshakeFilter to the endpoint's path and"
            + " declare @ServerEndpoint(configurator = FanoutConfigurator.class)");
  }

  /**
   * Opens a session for the user whom the handshake found.
   *
   * @return null if it found nobody: then the session has been closed with 1008
   * @throws IllegalStateException if this session is open already
   */
  public @Nullable FanoutSession open(Session session) {
    Object userId = session.getUserProperties().get(FanoutConfigurator.USER_ID);
    if (userId instanceof String id) {
      return open(session, id);
    }
    log.debug("A session without an identity was refused");
    JakartaTransport.close(session, NO_IDENTITY, false);
    return null;
  }

  /**
   * Opens a session for a user whom the application has found itself.
   *
   * <p>It sets the limit for inbound text, switches the container's idle timeout off and takes the
   * pongs. If the application has a handler for pongs already, that one must call {@link #touch}.
   * When the node is closed, the session that is returned is closed, too.
   *
   * @throws IllegalArgumentException if the id is empty or has an unpaired surrogate
   * @throws IllegalStateException if this session is open already
   */
  public FanoutSession open(Session session, String userId) {
    if (sessions.containsKey(session)) {
      throw new IllegalStateException("the session is open already");
    }
    session.setMaxTextMessageBufferSize(config.inboundTextLimitBytes());
    session.setMaxIdleTimeout(0);
    takePongs(session);
    JakartaTransport transport = new JakartaTransport(session, () -> sessions.remove(session));
    FanoutSession opened = fanout.open(userId, transport);
    sessions.put(session, opened);
    if (!opened.isOpen()) {
      sessions.remove(session, opened); // it ended before there was anything to remove
    }
    return opened;
  }

  private void takePongs(Session session) {
    try {
      session.addMessageHandler(PongMessage.class, pong -> touch(session));
    } catch (IllegalStateException e) {
      log.debug("The application has a handler for pongs, which should call touch", e);
    }
  }

  /** The client sent something: it is alive. Does nothing for a session that is not open. */
  public void touch(Session session) {
    FanoutSession open = sessions.get(session);
    if (open != null) {
      open.touch();
    }
  }

  /** The container closed the session. Does nothing for a session that is not open. */
  public void closed(Session session, CloseReason reason) {
    FanoutSession open = sessions.remove(session);
    if (open != null) {
      boolean lost = reason.getCloseCode().getCode() == CloseCodes.CLOSED_ABNORMALLY.getCode();
      open.closed(lost ? new EOFException("the connection ended without a close") : null);
    }
  }

  /**
   * The session failed: it is closed, and so is its WebSocket, with 1011 if it can still be told.
   *
   * <p>Does nothing to a session that is not open here, except that its WebSocket is closed.
   */
  public void failed(Session session, Throwable cause) {
    FanoutSession open = sessions.remove(session);
    if (open != null) {
      open.closed(cause);
    }
    JakartaTransport.close(session, FAILED, true);
  }

  /** What {@link #open} returned; null if the session is not open, or closed by either side. */
  public @Nullable FanoutSession session(Session session) {
    return sessions.get(session);
  }

  Warnings warnings() {
    return warnings;
  }

  /** The node. */
  public RedisFanout fanout() {
    return fanout;
  }
}
