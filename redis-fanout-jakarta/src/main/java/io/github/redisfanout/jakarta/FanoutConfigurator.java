package io.github.redisfanout.jakarta;

import static java.util.Objects.requireNonNull;

import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries what a {@link HandshakeFilter} found out to the endpoint, and switches compression off.
 *
 * <p>For an annotated endpoint name the class; for one with constructor arguments give an object:
 *
 * <pre>{@code
 * ServerEndpointConfig.Builder.create(ChatSocket.class, "/ws")
 *     .configurator(new FanoutConfigurator(() -> new ChatSocket(fanout, history)))
 *     .build();
 * }</pre>
 *
 * <p>It does not look at the {@code Origin}, which the filter has checked. Without the filter there
 * is no identity, and {@link JakartaFanout#open(jakarta.websocket.Session)} refuses the session.
 * Compression would cost memory for each session and work for each recipient of a message.
 *
 * <p>Thread-safe: it keeps nothing of a connection, as containers share one between connections.
 */
public class FanoutConfigurator extends ServerEndpointConfig.Configurator {
  static final String FANOUT = "io.github.redisfanout.jakarta.fanout";
  static final String USER_ID = "io.github.redisfanout.jakarta.userId";

  private final @Nullable Supplier<?> endpoints; // null: the container makes the endpoints

  /** The container makes the endpoints; it calls this constructor itself. */
  public FanoutConfigurator() {
    endpoints = null;
  }

  /**
   * Takes the endpoints from a supplier.
   *
   * @param endpoints called once for each connection
   */
  public FanoutConfigurator(Supplier<?> endpoints) {
    this.endpoints = requireNonNull(endpoints, "endpoints == null");
  }

  @Override
  public void modifyHandshake(
      ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
    // A copy for this connection, since Jakarta WebSocket 2.1.
    Map<String, Object> properties = config.getUserProperties();
    if (request.getUserPrincipal() instanceof HandshakePrincipal principal) {
      properties.put(FANOUT, principal.fanout());
      properties.put(USER_ID, principal.userId());
    } else {
      properties.remove(FANOUT);
      properties.remove(USER_ID);
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
