package io.github.redisfanout.jakarta;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.Address;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.RedisFanout;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.io.EOFException;
import java.io.IOException;
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
 *     if (fanout.admit(session, text)) { … }
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

  private static final String NOT_SET_UP =
      "no JakartaFanout came with the handshake: map a HandshakeFilter to the endpoint's path and"
          + " declare @ServerEndpoint(configurator = FanoutConfigurator.class)";
  private static final Disconnect NO_IDENTITY =
      new Disconnect(Disconnect.POLICY.code(), "no identity");
  private static final Disconnect IDENTITY_UNKNOWN =
      new Disconnect(CloseCodes.TRY_AGAIN_LATER.getCode(), "identity cannot be found out now");
  static final Disconnect FAILED =
      new Disconnect(CloseCodes.UNEXPECTED_CONDITION.getCode(), "session failed");

  private final RedisFanout fanout;
  private final JakartaConfig config;
  private final Warnings warnings = new Warnings();

  // Not in the sessions' user properties: some containers refuse them after the close.
  private final ConcurrentHashMap<Session, Client> clients = new ConcurrentHashMap<>();

  /** An open session, and how much its client may send; null: as much as it likes. */
  private record Client(FanoutSession session, @Nullable TokenBucket messages) {}

  /** An adapter with all defaults. */
  public JakartaFanout(RedisFanout fanout) {
    this(fanout, JakartaConfig.defaults());
  }

  /** An adapter with settings of your own. */
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
   * @throws IllegalStateException if the handshake left none; that is also logged, as containers
   *     give it to the endpoint's own handler of errors, which has no adapter then
   */
  public static JakartaFanout of(Session session) {
    Object found = session.getUserProperties().get(FanoutConfigurator.FANOUT);
    if (found instanceof JakartaFanout fanout) {
      return fanout;
    }
    log.warn("A session cannot be served: {}", NOT_SET_UP);
    throw new IllegalStateException(NOT_SET_UP);
  }

  /**
   * Opens a session for the user whom the handshake found.
   *
   * @return null if it found nobody: then the session has been closed with 1008, or with 1013 if
   *     the authenticator could not tell
   * @throws IllegalStateException if this session is open already
   */
  public @Nullable FanoutSession open(Session session) {
    String userId = userId(session);
    return userId == null ? null : open(session, userId);
  }

  /** Whom the handshake found; closes the session if that is nobody. */
  private static @Nullable String userId(Session session) {
    Object userId = session.getUserProperties().get(FanoutConfigurator.USER_ID);
    if (userId instanceof String id) {
      return id;
    }
    boolean unknown = session.getUserProperties().containsKey(FanoutConfigurator.UNKNOWN);
    log.debug("A session without an identity was refused");
    JakartaTransport.close(session, unknown ? IDENTITY_UNKNOWN : NO_IDENTITY, false);
    return null;
  }

  /**
   * Opens a session for a user whom the application has found itself.
   *
   * <p>It sets the limit for inbound text, switches the container's idle timeout off and takes the
   * pongs. If the application has a handler for pongs already, that one must call {@link #touch}.
   * The session that is returned is closed already when the node is closed or drained, or the
   * node's limits refuse it.
   *
   * @throws IllegalArgumentException if the id is empty or has an unpaired surrogate
   * @throws IllegalStateException if this session is open already
   */
  public FanoutSession open(Session session, String userId) {
    session.setMaxTextMessageBufferSize(config.inboundTextLimitBytes());
    return register(session, userId);
  }

  /** As {@link #open(Session)} for an endpoint that puts the parts of texts together itself. */
  @Nullable FanoutSession openForParts(Session session) {
    String userId = userId(session);
    return userId == null ? null : register(session, userId);
  }

  private FanoutSession register(Session session, String userId) {
    if (clients.containsKey(session)) {
      throw new IllegalStateException("the session is open already");
    }
    session.setMaxIdleTimeout(0);
    takePongs(session);
    JakartaTransport transport = new JakartaTransport(session, () -> clients.remove(session));
    Client opened = new Client(fanout.open(userId, transport), config.newBucket());
    clients.put(session, opened);
    if (!opened.session().isOpen()) {
      clients.remove(session, opened); // it ended before there was anything to remove
    }
    return opened.session();
  }

  private void takePongs(Session session) {
    try {
      session.addMessageHandler(PongMessage.class, pong -> touch(session));
    } catch (IllegalStateException e) {
      log.debug("The application has a handler for pongs, which should call touch", e);
    }
  }

  /**
   * Takes note of a text that a client has sent: a sign of life, measured against the limits of
   * {@link JakartaConfig}. To be called first, for every text.
   *
   * @return true if the application may act on it; false if the session is not open, or has just
   *     been disconnected because the text is too long (1009) or the client too fast (1008)
   */
  public boolean admit(Session session, String text) {
    Client client = clients.get(session);
    if (client == null || !client.session().isOpen()) {
      return false;
    }
    client.session().touch();
    if (TextAssembler.utf8Bytes(text) > config.inboundTextLimitBytes()) {
      client.session().disconnect(Disconnect.TOO_LONG);
      return false;
    }
    return keepsToRate(client);
  }

  /** As {@link #admit} for a text whose length is known to be right; null: not admitted. */
  @Nullable FanoutSession admitted(Session session) {
    Client client = clients.get(session);
    return client != null && client.session().isOpen() && keepsToRate(client)
        ? client.session()
        : null;
  }

  private static boolean keepsToRate(Client client) {
    if (client.messages() != null && !client.messages().take()) {
      client.session().disconnect(Disconnect.TOO_FAST);
      return false;
    }
    return true;
  }

  /** The client sent something: it is alive. Does nothing for a session that is not open. */
  public void touch(Session session) {
    Client client = clients.get(session);
    if (client != null) {
      client.session().touch();
    }
  }

  /** The container closed the session. Does nothing for a session that is not open. */
  public void closed(Session session, CloseReason reason) {
    Client client = clients.remove(session);
    if (client != null) {
      boolean lost = reason.getCloseCode().getCode() == CloseCodes.CLOSED_ABNORMALLY.getCode();
      client
          .session()
          .closed(lost ? new EOFException("the connection ended without a close") : null);
    }
  }

  /**
   * The session failed: it is closed, and so is its WebSocket if that can still be done.
   *
   * <p>An {@link IOException} says that the client is lost. Anything else is an error on this side:
   * the session is disconnected with 1011, which is counted and told to the listener. A session
   * that is not open here has its WebSocket closed only.
   */
  public void failed(Session session, Throwable cause) {
    Client client = clients.remove(session);
    if (client != null && !(cause instanceof IOException)) {
      warnings.warn("A session failed; it is disconnected with 1011", cause);
      client.session().disconnect(FAILED); // which closes the WebSocket, too
      return;
    }
    if (client != null) {
      client.session().closed(cause);
    }
    JakartaTransport.close(session, FAILED, true);
  }

  /** What {@link #open} returned; null if the session is not open, or closed by either side. */
  public @Nullable FanoutSession session(Session session) {
    Client client = clients.get(session);
    return client == null ? null : client.session();
  }

  /** Whether an authenticator's answer can be a user's id; warns if not. */
  boolean isValid(String userId) {
    try {
      Address.user(userId);
      return true;
    } catch (IllegalArgumentException e) {
      warnings.warn("The authenticator's answer is not a user id; nobody is let in with it", e);
      return false;
    }
  }

  JakartaConfig config() {
    return config;
  }

  Warnings warnings() {
    return warnings;
  }

  /** The node. */
  public RedisFanout fanout() {
    return fanout;
  }
}
