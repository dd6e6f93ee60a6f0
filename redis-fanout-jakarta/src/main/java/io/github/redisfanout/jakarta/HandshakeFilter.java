package io.github.redisfanout.jakarta;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.internal.Warnings;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.util.Collections;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decides at the handshake who may open a WebSocket, and as which user.
 *
 * <p>Map it to the endpoint's path and to nothing else, before the container's own filter:
 *
 * <pre>{@code
 * servletContext
 *     .addFilter("handshake", new HandshakeFilter(sockets, tickets::redeem))
 *     .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/ws");
 * }</pre>
 *
 * <p>Jetty puts its filter before all others, and this one would never be asked: every session
 * would be refused for want of an identity. So map Jetty's {@code WebSocketUpgradeFilter} yourself,
 * after this filter; with its class name as the filter's name, Jetty adds no other.
 *
 * <p>What is refused gets a status without a body:
 *
 * <ul>
 *   <li>403: the {@link OriginPolicy} does not allow it; the {@link Authenticator} was not asked,
 *       so a foreign page cannot use up a ticket
 *   <li>401: the authenticator knows nobody, or its answer cannot be a user's id
 *   <li>503: the authenticator threw; the client may try again. The cause is logged at WARN at most
 *       once in 10 s, and not sent to the client
 *   <li>426: allowed, but not a WebSocket handshake
 * </ul>
 *
 * <p>Behind this filter the request's principal is the user found. As the specification demands for
 * users who have logged in, the container then closes the WebSocket when the request's {@code
 * HttpSession}, if it has one, ends. Thread-safe.
 */
public final class HandshakeFilter implements Filter {
  private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");
  private static final int UPGRADE_REQUIRED = 426; // the servlet API has no name for it

  private final JakartaFanout sockets;
  private final Authenticator authenticator;
  private final OriginPolicy origins;
  private final Warnings warnings = new Warnings();

  /** Allows {@linkplain OriginPolicy#sameHost the same host}. */
  public HandshakeFilter(JakartaFanout sockets, Authenticator authenticator) {
    this(sockets, authenticator, OriginPolicy.sameHost());
  }

  /** Allows the pages that this policy allows. */
  public HandshakeFilter(JakartaFanout sockets, Authenticator authenticator, OriginPolicy origins) {
    this.sockets = requireNonNull(sockets, "sockets == null");
    this.authenticator = requireNonNull(authenticator, "authenticator == null");
    this.origins = requireNonNull(origins, "origins == null");
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    HttpServletRequest http = (HttpServletRequest) request;
    HttpServletResponse refusal = (HttpServletResponse) response;
    if (!origins.isAllowed(http)) {
      refusal.setStatus(HttpServletResponse.SC_FORBIDDEN);
      return;
    }
    String userId;
    try {
      userId = authenticator.userId(http);
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      warnings.warn("The authenticator threw; the handshake ends with 503", e);
      refusal.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
      return;
    }
    if (userId == null || !sockets.isUserId(userId)) {
      refusal.setStatus(HttpServletResponse.SC_UNAUTHORIZED);
      return;
    }
    if (!isWebSocketHandshake(http)) {
      refusal.setHeader("Upgrade", "websocket");
      refusal.setHeader("Connection", "Upgrade");
      refusal.setStatus(UPGRADE_REQUIRED);
      return;
    }
    chain.doFilter(
        new AuthenticatedRequest(http, new HandshakePrincipal(userId, sockets)), response);
  }

  private static boolean isWebSocketHandshake(HttpServletRequest request) {
    return request.getMethod().equals("GET")
        && Collections.list(request.getHeaders("Upgrade")).stream()
            .flatMap(COMMA::splitAsStream)
            .anyMatch(token -> token.trim().equalsIgnoreCase("websocket"));
  }

  /** The request, with the user whom the authenticator found. */
  private static final class AuthenticatedRequest extends HttpServletRequestWrapper {
    private final HandshakePrincipal principal;

    AuthenticatedRequest(HttpServletRequest request, HandshakePrincipal principal) {
      super(request);
      this.principal = principal;
    }

    @Override
    public Principal getUserPrincipal() {
      return principal;
    }

    @Override
    public @Nullable String getRemoteUser() {
      return principal.userId();
    }
  }
}
