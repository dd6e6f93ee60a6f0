package io.github.redisfanout.jakarta;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.Address;
import io.github.redisfanout.Disconnect;
import io.github.redisfanout.FanoutSession;
import io.github.redisfanout.HandshakeRefusal;
import io.github.redisfanout.RedisFanout;
import io.github.redisfanout.internal.Log;
import io.github.redisfanout.internal.Warnings;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.io.EOFException;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects one {@link RedisFanout} node to the sessions of a Jakarta WebSocket container.
 *
 * <p>An annotated endpoint calls it from its four methods; {@link FanoutEndpoint} does so by
 * itself:
 *
 * <pre>{@code
 * @ServerEndpoint(value = "/ws", configurator = FanoutConfigurator.class)
 * public class ChatSocket {
 *   private JakartaFanout sockets;
 *
 *   @OnOpen public void onOpen(Session session) {
 *     sockets = JakartaFanout.of(session);
 *     sockets.onOpen(session);
 *   }
 *   @OnMessage public void onText(Session session, String text) {
 *     if (sockets.onText(session, text)) { … }
 *   }
 *   @OnClose public void onClose(Session session, CloseReason reason) {
 *     sockets.onClose(session, reason);
 *   }
 *   @OnError public void onError(Session session, Throwable cause) {
 *     sockets.onError(session, cause);
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
  private static final Logger log = LoggerFactory.getLogger(Log.CATEGORY);

  /** User property of a session: the adapter that its handshake belongs to. */
  static final String SOCKETS_PROPERTY = "io.github.redisfanout.jakarta.sockets";

  /** User property of a session: the user whom the handshake found. */
  static final String USER_ID_PROPERTY = "io.github.redisfanout.jakarta.userId";

  /** User property of a session: the name of its endpoint's class. */
  static final String ENDPOINT_PROPERTY = "io.github.redisfanout.jakarta.endpoint";

  /** User property of a session: the Disconnect of one that was accepted only to be closed. */
  static final String REFUSAL_PROPERTY = "io.github.redisfanout.jakarta.refusal";

  static final String NO_HANDSHAKE =
      "no JakartaFanout came with the handshake: map a HandshakeFilter to the endpoint's path, in"
          + " front of the container's own filter, and give the endpoint a FanoutConfigurator, such"
          + " as @ServerEndpoint(configurator = FanoutConfigurator.class)";

  private static final CloseReason LOST =
      new CloseReason(CloseCodes.CLOSED_ABNORMALLY, "connection lost");

  private static final JakartaFanout WITHOUT_NODE = new JakartaFanout();
  private static final Warnings misconfigurations = new Warnings();

  private final @Nullable RedisFanout fanout; // null: no adapter came with the handshake
  private final JakartaConfig config;
  private final Warnings warnings = new Warnings();
  private final UnopenedEndpoints endpoints = new UnopenedEndpoints(System::nanoTime);

  private final TomcatThreads threads = new TomcatThreads();

  // Not in the sessions' user properties: some containers refuse them after the close.
  private final ConcurrentHashMap<Session, Client> clients = new ConcurrentHashMap<>();

  private final EndpointSuppliers suppliers = new EndpointSuppliers();

  /** An open session, and how often its client may send; null: as often as it likes. */
  private record Client(FanoutSession session, @Nullable TokenBucket rate) {}

  /** An adapter with all defaults. */
  public JakartaFanout(RedisFanout fanout) {
    this(fanout, JakartaConfig.defaults());
  }

  /** An adapter with the given settings. */
  public JakartaFanout(RedisFanout fanout, JakartaConfig config) {
    this.fanout = requireNonNull(fanout, "fanout == null");
    this.config = requireNonNull(config, "config == null");
  }

  private JakartaFanout() {
    fanout = null;
    config = JakartaConfig.defaults();
  }

  /**
   * Sets the supplier of an annotated endpoint whose constructor has arguments.
   *
   * <p>Call it before the first connection. The class is registered as usual: in a WAR the
   * container finds it, elsewhere add it by {@code ServerContainer.addEndpoint(ChatSocket.class)}.
   * A second call for a class replaces its supplier. All handshakes of one endpoint must go through
   * filters of one adapter.
   *
   * @param type annotated with {@code @ServerEndpoint(configurator = FanoutConfigurator.class)}
   * @param supplier called once for each connection
   * @throws IllegalArgumentException if the class is not annotated so
   */
  public <T> void supplyEndpoints(Class<T> type, Supplier<? extends T> supplier) {
    suppliers.put(type, supplier);
  }

  EndpointSuppliers suppliers() {
    return suppliers;
  }

  /**
   * The adapter whose {@link HandshakeFilter} let this connection in; never throws.
   *
   * <p>Call it when the session opens and keep the answer in the endpoint, of which the container
   * makes one for each connection: some containers have forgotten it when the session closes.
   *
   * <p>If no filter covers the endpoint's path, or the endpoint has no {@link FanoutConfigurator},
   * the answer is an adapter without a node. Its {@code onOpen} closes the session with 1011,
   * returns null and logs at WARN, at most once in 10 s, what is missing; its other calls do
   * nothing.
   */
  public static JakartaFanout of(Session session) {
    try {
      Object found = session.getUserProperties().get(SOCKETS_PROPERTY);
      return found instanceof JakartaFanout sockets ? sockets : WITHOUT_NODE;
    } catch (RuntimeException e) {
      log.debug("A container refused a session's user properties", e); // closed already, as a rule
      return WITHOUT_NODE;
    }
  }

  /**
   * Opens a session for the user whom the handshake found. Let it join its groups and send its
   * client what it needs when this has returned, before {@code @OnOpen} returns.
   *
   * @return null if it found nobody: then the WebSocket has been closed with {@link
   *     Disconnect#NO_IDENTITY}, 4401, with 1013 if the authenticator could not tell, or with 1001
   *     if the node takes no sessions; {@linkplain
   *     io.github.redisfanout.FanoutCounters#handshakesRefused counted} as a refused handshake
   * @throws IllegalStateException if this session is open already
   */
  public @Nullable FanoutSession onOpen(Session session) {
    String userId = userIdOrClose(session);
    return userId == null ? null : onOpen(session, userId);
  }

  /** Whom the handshake found; closes the session if that is nobody. */
  private @Nullable String userIdOrClose(Session session) {
    if (closeIfRefused(session) || fanout == null) {
      return null;
    }
    Object userId = session.getUserProperties().get(USER_ID_PROPERTY);
    if (userId instanceof String id) {
      return id;
    }
    misconfigurations.warn("A session without an identity was refused: " + NO_HANDSHAKE);
    fanout.handshakeRefused(HandshakeRefusal.NO_IDENTITY);
    JakartaTransport.close(session, Disconnect.NO_IDENTITY, false);
    return null;
  }

  /** True: it was accepted only to be closed, with a code that tells why, or there is no node. */
  private boolean closeIfRefused(Session session) {
    if (fanout == null) {
      misconfigurations.warn("A session cannot be served: " + NO_HANDSHAKE);
      JakartaTransport.close(session, Disconnect.FAILED, false);
      return true;
    }
    if (session.getUserProperties().get(REFUSAL_PROPERTY) instanceof Disconnect why) {
      log.debug("A handshake was refused: {}", why); // and counted
      JakartaTransport.close(session, why, false);
      return true;
    }
    return false;
  }

  /**
   * Opens a session for a user whom the application has found itself.
   *
   * <p>It sets the limit for inbound text, switches the container's idle timeout off and takes the
   * pongs. If the application has a handler for pongs already, that one must call {@link #touch}.
   * The session that is returned is closed already when the node is closed or drained, or the
   * node's limits refuse it.
   *
   * @return null if this adapter has no node, see {@link #of}, or the handshake was refused: then
   *     the WebSocket has been closed
   * @throws IllegalArgumentException if the id is empty or has an unpaired surrogate
   * @throws IllegalStateException if this session is open already
   */
  public @Nullable FanoutSession onOpen(Session session, String userId) {
    if (closeIfRefused(session) || fanout == null) {
      return null;
    }
    session.setMaxTextMessageBufferSize(config.inboundTextLimitBytes());
    return open(fanout, session, userId);
  }

  /** As {@link #onOpen(Session)} for an endpoint that holds the limit for inbound text itself. */
  @Nullable FanoutSession onOpenWithoutTextLimit(Session session) {
    String userId = userIdOrClose(session);
    return userId == null || fanout == null ? null : open(fanout, session, userId);
  }

  private FanoutSession open(RedisFanout node, Session session, String userId) {
    if (clients.containsKey(session)) {
      throw new IllegalStateException("the session is open already");
    }
    session.setMaxIdleTimeout(0);
    takePongs(session);
    if (session.getUserProperties().get(ENDPOINT_PROPERTY) instanceof String endpoint) {
      endpoints.opened(endpoint);
    }
    JakartaTransport transport =
        new JakartaTransport(
            session, threads, () -> clients.remove(session), () -> endedUnnoticed(session));
    Client opened = new Client(node.open(userId, transport), config.newRateLimit());
    clients.put(session, opened);
    if (!opened.session().isOpen()) {
      clients.remove(session, opened); // it ended before there was anything to remove
    }
    return opened.session();
  }

  /** The container has closed the session some time ago, and {@link #onClose} was not called. */
  private void endedUnnoticed(Session session) {
    Client client = clients.remove(session);
    if (client != null) {
      warnings.warn(
          "A session had been closed by its container, and its endpoint has not called onClose:"
              + " its @OnClose must call onClose of JakartaFanout, or clients that have left stay"
              + " registered");
      client.session().clientLost(new EOFException("the endpoint did not report the end"));
    }
  }

  private void takePongs(Session session) {
    try {
      session.addMessageHandler(PongMessage.class, pong -> touch(session));
    } catch (IllegalStateException e) {
      log.debug("The application has a handler for pongs, which should call touch", e);
    }
  }

  /**
   * The client sent a text: a sign of life, checked against the limits of {@link JakartaConfig}.
   * Call it first, for every text.
   *
   * @return true if the application may act on the text; false if the session is not open, or has
   *     just been disconnected with {@link Disconnect#TOO_LONG}, 4413, or {@link
   *     Disconnect#TOO_FAST}, 4429
   */
  public boolean onText(Session session, String text) {
    Client client = clients.get(session);
    if (client == null || !client.session().isOpen()) {
      return false;
    }
    client.session().touch();
    if (TextAssembler.utf8Bytes(text) > config.inboundTextLimitBytes()) {
      client.session().disconnect(Disconnect.TOO_LONG);
      return false;
    }
    return isWithinRate(client);
  }

  /** As {@link #onText} for a text whose length was checked before; null: do not act on it. */
  @Nullable FanoutSession onTextWithinLimit(Session session) {
    Client client = clients.get(session);
    return client != null && client.session().isOpen() && isWithinRate(client)
        ? client.session()
        : null;
  }

  /** Disconnects the client if it is not. */
  private static boolean isWithinRate(Client client) {
    if (client.rate() != null && !client.rate().tryTake()) {
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
  public void onClose(Session session, CloseReason reason) {
    Client client = clients.remove(session);
    if (client == null) {
      return;
    }
    JakartaTransport.limitClosing(session); // the client may be stuck, or keep its connection
    if (reason.getCloseCode().getCode() == CloseCodes.CLOSED_ABNORMALLY.getCode()) {
      client.session().clientLost(new EOFException("the connection ended without a close"));
    } else {
      client.session().clientLeft();
    }
  }

  /**
   * The session failed: it is closed, and so is its WebSocket if that can still be done.
   *
   * <p>An {@link IOException} says that the client is lost: the endpoint's {@code onClose} gets
   * 1006, as for every connection that ends without a close. Anything else is an error on this
   * side: the session is disconnected with {@link Disconnect#FAILED}, 1011, which is counted and
   * reported to the listener. A session that is not open here has its WebSocket closed only.
   */
  public void onError(Session session, Throwable cause) {
    if (fanout == null) {
      return;
    }
    Client client = clients.remove(session);
    if (client != null && !(cause instanceof IOException)) {
      warnings.warn("A session failed; it is disconnected with 1011", cause);
      client.session().disconnect(Disconnect.FAILED); // which closes the WebSocket, too
      return;
    }
    if (client != null) {
      client.session().clientLost(cause);
    }
    // Containers that close it themselves take the first reason for the endpoint's onClose.
    boolean lost = cause instanceof IOException;
    JakartaTransport.end(session, lost ? LOST : JakartaTransport.reason(Disconnect.FAILED), true);
  }

  /** What {@code onOpen} returned; null if the session is not open, or closed by either side. */
  public @Nullable FanoutSession session(Session session) {
    Client client = clients.get(session);
    return client == null ? null : client.session();
  }

  /** Whether an authenticator's answer can be a user's id; warns if not. */
  boolean isUserId(String answer) {
    try {
      Address.user(answer);
      return true;
    } catch (IllegalArgumentException e) {
      warnings.warn("The authenticator's answer is not a user id; nobody is let in with it", e);
      return false;
    }
  }

  JakartaConfig config() {
    return config;
  }

  UnopenedEndpoints endpoints() {
    return endpoints;
  }

  Warnings warnings() {
    return warnings;
  }

  /**
   * The node.
   *
   * @throws IllegalStateException if there is none, see {@link #of}
   */
  public RedisFanout fanout() {
    if (fanout == null) {
      throw new IllegalStateException(NO_HANDSHAKE);
    }
    return fanout;
  }

  /** The node, the settings and how many sessions are open. */
  @Override
  public String toString() {
    return fanout == null
        ? "JakartaFanout(without a node)"
        : "JakartaFanout(" + fanout + ", " + config + ", sessions " + clients.size() + ")";
  }
}
