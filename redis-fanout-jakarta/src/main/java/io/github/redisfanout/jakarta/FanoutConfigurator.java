package io.github.redisfanout.jakarta;

import static java.util.Objects.requireNonNull;

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
 * <p>For an annotated endpoint name the class; for one with constructor arguments give an object:
 *
 * <pre>{@code
 * ServerEndpointConfig.Builder.create(ChatSocket.class, "/ws")
 *     .configurator(new FanoutConfigurator(() -> new ChatSocket(sockets, history)))
 *     .build();
 * }</pre>
 *
 * <p>It does not look at the {@code Origin}, which the filter has checked. Without the filter there
 * is no identity, and {@link JakartaFanout#onOpen(Session)} refuses the session; where there can be
 * no filter, see {@link #withoutFilter}. Compression would cost memory for each session and work
 * for each recipient of a message.
 *
 * <p>Thread-safe: it keeps nothing of a connection, as containers share one between connections.
 */
public class FanoutConfigurator extends ServerEndpointConfig.Configurator {
  private final @Nullable Supplier<?> endpoints; // null: the container makes the endpoints
  private final @Nullable Checks checks; // null: a servlet filter has made them

  /** What takes the place of a servlet filter. */
  private record Checks(
      JakartaFanout sockets, RequestAuthenticator authenticator, Set<Origin> origins) {}

  /** The container makes the endpoints; it calls this constructor itself. */
  public FanoutConfigurator() {
    this(null, null);
  }

  /**
   * Takes the endpoints from a supplier.
   *
   * @param endpoints called once for each connection
   */
  public FanoutConfigurator(Supplier<?> endpoints) {
    this(requireNonNull(endpoints, "endpoints == null"), null);
  }

  private FanoutConfigurator(@Nullable Supplier<?> endpoints, @Nullable Checks checks) {
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
      Supplier<?> endpoints) {
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
    return origin != null && checks.origins().contains(origin);
  }

  @Override
  public void modifyHandshake(
      ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
    // A copy for this connection, since Jakarta WebSocket 2.1.
    Map<String, Object> properties = config.getUserProperties();
    properties.remove(JakartaFanout.SOCKETS_PROPERTY);
    properties.remove(JakartaFanout.USER_ID_PROPERTY);
    properties.remove(JakartaFanout.AUTHENTICATOR_FAILED_PROPERTY);
    if (checks != null) {
      properties.put(JakartaFanout.SOCKETS_PROPERTY, checks.sockets());
      authenticate(checks, request, properties);
      letIn(checks.sockets(), config, properties);
    } else if (request.getUserPrincipal() instanceof HandshakePrincipal principal) {
      properties.put(JakartaFanout.SOCKETS_PROPERTY, principal.sockets());
      properties.put(JakartaFanout.USER_ID_PROPERTY, principal.userId());
      letIn(principal.sockets(), config, properties);
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
    String userId;
    try {
      userId = checks.authenticator().userId(request);
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      checks.sockets().warnings().warn("The authenticator threw; the session ends with 1013", e);
      properties.put(JakartaFanout.AUTHENTICATOR_FAILED_PROPERTY, true);
      return;
    }
    if (userId != null && checks.sockets().isUserId(userId)) {
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
    return endpoints == null
        ? super.getEndpointInstance(type)
        : type.cast(requireNonNull(endpoints.get(), "the supplier of endpoints returned null"));
  }
}
