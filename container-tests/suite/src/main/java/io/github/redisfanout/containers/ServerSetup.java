package io.github.redisfanout.containers;

import io.github.redisfanout.jakarta.FanoutConfigurator;
import io.github.redisfanout.jakarta.JakartaFanout;
import io.github.redisfanout.jakarta.OpenHandler;
import io.github.redisfanout.jakarta.TextHandler;
import jakarta.servlet.Filter;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a container is to serve.
 *
 * @param sockets the node behind it
 * @param openHandler what the application does with sessions that open
 * @param textHandler what it does with texts
 * @param bare serves everybody an endpoint that does nothing, without the adapter: what a container
 *     costs by itself
 * @param scanned annotated endpoints that the container finds, as it does in a WAR, instead of the
 *     adapter's; none: the adapter's
 * @param added one that the application adds as well
 * @param http2 speaks HTTP/2 without TLS, too
 * @param threads how many requests the container may handle at once, where that can be set; 0: its
 *     own default
 */
public record ServerSetup(
    JakartaFanout sockets,
    OpenHandler openHandler,
    TextHandler textHandler,
    boolean bare,
    Set<Class<?>> scanned,
    Optional<Class<?>> added,
    boolean http2,
    int threads) {
  /** Where the endpoint is. */
  public static final String PATH = "/ws";

  /** The one origin that is allowed where there is no servlet filter. */
  public static final String ORIGIN = "http://app.example";

  /** The adapter's endpoint. */
  public ServerSetup(JakartaFanout sockets, TextHandler textHandler) {
    this(sockets, textHandler, false);
  }

  /** The adapter's endpoint, or the bare one. */
  public ServerSetup(JakartaFanout sockets, TextHandler textHandler, boolean bare) {
    this(sockets, (session, socket) -> {}, textHandler, bare, Set.of(), Optional.empty(), false, 0);
  }

  /** The same for an application that does something with sessions that open. */
  public ServerSetup withOpenHandler(OpenHandler handler) {
    return new ServerSetup(sockets, handler, textHandler, bare, scanned, added, http2, threads);
  }

  /** The same in a container that speaks HTTP/2, too. */
  public ServerSetup withHttp2() {
    return new ServerSetup(sockets, openHandler, textHandler, bare, scanned, added, true, threads);
  }

  /** The same with this many request threads, in containers that have such a setting. */
  public ServerSetup withThreads(int threads) {
    return new ServerSetup(sockets, openHandler, textHandler, bare, scanned, added, http2, threads);
  }

  /** Believes {@code ?user=…}, and is to be mapped to {@link #PATH}. */
  public Filter filter() {
    return ServletFilters.of(this); // whose class is not loaded where there are no servlets
  }

  /** The endpoint, for a container that has the {@link #filter}. */
  public ServerEndpointConfig endpoint() {
    if (bare) {
      return bareEndpoint();
    }
    return ServerEndpointConfig.Builder.create(ApplicationEndpoint.class, PATH)
        .configurator(new FanoutConfigurator(this::applicationEndpoint))
        .build();
  }

  /** The endpoint, for a container without servlets; believes {@code ?user=…} itself. */
  public ServerEndpointConfig endpointWithoutFilter() {
    if (bare) {
      return bareEndpoint();
    }
    return ServerEndpointConfig.Builder.create(ApplicationEndpoint.class, PATH)
        .configurator(
            FanoutConfigurator.withoutFilter(
                sockets,
                request -> {
                  List<String> users = request.getParameterMap().get("user");
                  return users == null ? null : users.get(0);
                },
                List.of(ORIGIN),
                this::applicationEndpoint))
        .build();
  }

  private ApplicationEndpoint applicationEndpoint() {
    return new ApplicationEndpoint(sockets, openHandler, textHandler);
  }

  private static ServerEndpointConfig bareEndpoint() {
    return ServerEndpointConfig.Builder.create(BareEndpoint.class, PATH).build();
  }

  /** Adds the {@link #endpoint} to a container. */
  public void deployTo(ServerContainer container) {
    try {
      if (scanned.isEmpty()) {
        container.addEndpoint(endpoint());
      } else if (added.isPresent()) {
        container.addEndpoint(added.get());
      }
    } catch (DeploymentException e) {
      throw new IllegalStateException("the endpoint was refused", e);
    }
  }
}
