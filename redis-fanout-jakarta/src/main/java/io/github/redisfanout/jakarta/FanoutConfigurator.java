package io.github.redisfanout.jakarta;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.Disconnect;
import io.github.redisfanout.HandshakeRefusal;
import io.github.redisfanout.internal.Warnings;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.Endpoint;
import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.Session;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries the answer of a {@link HandshakeFilter} to the endpoint, and switches compression off.
 *
 * <p>An annotated endpoint names this class; if its constructor has arguments, {@link
 * JakartaFanout#supplyEndpoints} says how to make it:
 *
 * <pre>{@code
 * @ServerEndpoint(value = "/ws", configurator = FanoutConfigurator.class)
 * public class ChatSocket { … }
 *
 * sockets.supplyEndpoints(ChatSocket.class, () -> new ChatSocket(sockets, history));
 * }</pre>
 *
 * <p>For a subclass of {@link Endpoint}, such as {@link FanoutEndpoint}, give an object:
 *
 * <pre>{@code
 * ServerEndpointConfig.Builder.create(FanoutEndpoint.class, "/ws")
 *     .configurator(new FanoutConfigurator(() -> new FanoutEndpoint(sockets)))
 *     .build();
 * }</pre>
 *
 * <p>Such an object is not for an annotated class: in a WAR the container finds the class by
 * itself, registers it as its annotation says, and ignores the registration with the object.
 *
 * <p>It does not look at the {@code Origin}, which the filter has checked. Without the filter there
 * is no identity, and {@link JakartaFanout#onOpen(Session)} refuses the session; where there can be
 * no filter, see {@link #withoutFilter}. Compression would cost memory for each session and work
 * for each recipient of a message.
 *
 * <p>Thread-safe: it keeps nothing of a connection, as containers share one between connections.
 */
public class FanoutConfigurator extends ServerEndpointConfig.Configurator
    implements EndpointSuppliers.User {
  private static final Disconnect AUTHENTICATOR_FAILED =
      new Disconnect(CloseCodes.TRY_AGAIN_LATER.getCode(), "identity cannot be found out now");
  private static final Warnings unmadeEndpoints = new Warnings();

  private final Warnings foreignPages = new Warnings();
  private final @Nullable Supplier<? extends Endpoint> endpoints; // null: for annotated classes
  private final @Nullable Checks checks; // null: a servlet filter has made them

  // All filters in front of one endpoint belong to the same adapter. Null before the first
  // handshake.
  private volatile @Nullable JakartaFanout sockets;

  /** What takes the place of a servlet filter. */
  private record Checks(
      JakartaFanout sockets, RequestAuthenticator authenticator, Set<Origin> origins) {}

  /** For annotated endpoints; the container calls this constructor itself. */
  public FanoutConfigurator() {
    this(null, null);
  }

  /**
   * Takes the endpoints from a supplier; for annotated ones see {@link
   * JakartaFanout#supplyEndpoints}.
   *
   * @param endpoints called once for each connection
   */
  public FanoutConfigurator(Supplier<? extends Endpoint> endpoints) {
    this(requireNonNull(endpoints, "endpoints == null"), null);
  }

  private FanoutConfigurator(
      @Nullable Supplier<? extends Endpoint> endpoints, @Nullable Checks checks) {
    this.endpoints = endpoints;
    this.checks = checks;
  }

  /**
   * For containers without servlets, and applications without a {@link HandshakeFilter}.
   *
   * <p>A handshake from a page of any other origin ends with 403; one without an {@code Origin}
   * does not come from a browser and is allowed. The API cannot refuse a handshake because of its
   * user: such a session is opened, and closed at once, see {@link JakartaFanout#onOpen(Session)}.
   *
   * @param origins all that may connect, such as {@code https://app.example}; the API does not tell
   *     which host the handshake was sent to, so name the server's own, too
   * @param endpoints called once for each connection
   * @throws IllegalArgumentException if there is no origin, or one of them is not an origin
   */
  public static FanoutConfigurator withoutFilter(
      JakartaFanout sockets,
      RequestAuthenticator authenticator,
      Collection<String> origins,
      Supplier<? extends Endpoint> endpoints) {
    requireNonNull(sockets, "sockets == null");
    requireNonNull(authenticator, "authenticator == null");
    requireNonNull(endpoints, "endpoints == null");
    if (origins.isEmpty()) {
      throw new IllegalArgumentException("origins must name at least one: []");
    }
    return new FanoutConfigurator(
        endpoints, new Checks(sockets, authenticator, Origin.allOf(origins)));
  }

  @Override
  public boolean checkOrigin(@Nullable String header) {
    if (checks == null || header == null || header.isEmpty()) {
      return true;
    }
    Origin origin = Origin.parse(header);
    if (origin != null && checks.origins().contains(origin)) {
      return true;
    }
    foreignPages.warn(
        "Handshake refused with 403: origin {}; allowed: {}",
        Origin.printable(header),
        checks.origins());
    checks.sockets().fanout().handshakeRefused(HandshakeRefusal.FOREIGN_ORIGIN);
    return false;
  }

  @Override
  public void modifyHandshake(
      ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
    // A copy for this connection, since Jakarta WebSocket 2.1.
    Map<String, Object> properties = config.getUserProperties();
    properties.remove(JakartaFanout.SOCKETS_PROPERTY);
    properties.remove(JakartaFanout.USER_ID_PROPERTY);
    properties.remove(JakartaFanout.REFUSAL_PROPERTY);
    properties.remove(JakartaFanout.ENDPOINT_PROPERTY);
    FilteredHandshake filtered = FilteredHandshake.CURRENT.get();
    if (checks != null) {
      properties.put(JakartaFanout.SOCKETS_PROPERTY, checks.sockets());
      authenticate(checks, request, properties);
    } else if (filtered != null) {
      sockets = filtered.sockets();
      properties.put(JakartaFanout.SOCKETS_PROPERTY, filtered.sockets());
      putIdentity(filtered.userId(), properties);
    }
    if (properties.get(JakartaFanout.SOCKETS_PROPERTY) instanceof JakartaFanout adapter
        && properties.containsKey(JakartaFanout.USER_ID_PROPERTY)) {
      letIn(adapter, config, properties);
    }
  }

  private static void letIn(
      JakartaFanout sockets, ServerEndpointConfig config, Map<String, Object> properties) {
    String endpoint = config.getEndpointClass().getName();
    properties.put(JakartaFanout.ENDPOINT_PROPERTY, endpoint);
    sockets.endpoints().letIn(endpoint);
  }

  private static void authenticate(
      Checks checks, HandshakeRequest request, Map<String, Object> properties) {
    JakartaFanout sockets = checks.sockets();
    if (!sockets.fanout().takesSessions()) { // before a ticket is used up
      sockets.fanout().handshakeRefused(HandshakeRefusal.DRAINING);
      properties.put(JakartaFanout.REFUSAL_PROPERTY, Disconnect.GOING_AWAY);
      return;
    }
    String userId;
    try {
      userId = checks.authenticator().userId(request);
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      sockets.warnings().warn("The authenticator threw; the session ends with 1013", e);
      sockets.fanout().handshakeRefused(HandshakeRefusal.AUTHENTICATOR_FAILED);
      properties.put(JakartaFanout.REFUSAL_PROPERTY, AUTHENTICATOR_FAILED);
      return;
    }
    boolean known = userId != null && sockets.isUserId(userId);
    if (!known) {
      sockets.fanout().handshakeRefused(HandshakeRefusal.NO_IDENTITY);
    }
    putIdentity(known ? userId : null, properties);
  }

  /** Null: nobody is known. */
  private static void putIdentity(@Nullable String userId, Map<String, Object> properties) {
    if (userId == null) {
      properties.put(JakartaFanout.REFUSAL_PROPERTY, Disconnect.NO_IDENTITY);
    } else {
      properties.put(JakartaFanout.USER_ID_PROPERTY, userId);
    }
  }

  @Override
  public List<Extension> getNegotiatedExtensions(
      List<Extension> installed, List<Extension> requested) {
    return List.of();
  }

  @Override
  public <T> T getEndpointInstance(Class<T> type) throws InstantiationException {
    JakartaFanout known = checks != null ? checks.sockets() : sockets;
    Supplier<?> supplier =
        endpoints != null ? endpoints : known == null ? null : known.suppliers().get(type);
    try {
      return supplier == null
          ? super.getEndpointInstance(type)
          : type.cast(requireNonNull(supplier.get(), "the supplier returned null"));
    } catch (InstantiationException | RuntimeException e) {
      // Some containers keep to themselves what is thrown here.
      unmadeEndpoints.warn(
          "A connection ends at once: {} cannot be made. {}{}",
          type.getName(),
          supplier == null ? whatToDo(type) : "Its supplier failed",
          known == null ? "; also, " + JakartaFanout.NO_HANDSHAKE : "",
          e);
      if (known != null) {
        known.fanout().handshakeRefused(HandshakeRefusal.ENDPOINT_FAILED);
      }
      throw e;
    }
  }

  private static String whatToDo(Class<?> type) {
    return ("It needs a public constructor without arguments, or call supplyEndpoints(%s.class,"
            + " () -> …) of the JakartaFanout")
        .formatted(type.getSimpleName());
  }
}
