package io.github.redisfanout.jakarta;

import static java.util.Objects.requireNonNull;

import io.github.redisfanout.HandshakeRefusal;
import io.github.redisfanout.internal.Warnings;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
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
 * <p>What is refused gets a status without a body, and is {@linkplain
 * io.github.redisfanout.FanoutCounters#handshakesRefused counted}:
 *
 * <ul>
 *   <li>403: the {@link OriginPolicy} does not allow it; the {@link Authenticator} was not asked,
 *       so a foreign page cannot use up a ticket. What was compared is logged at WARN at most once
 *       in 10 s
 *   <li>503: the node is not started, drained or closed, so that a load balancer sends the client
 *       to another node; the authenticator was not asked, so a ticket is valid there, too
 *   <li>401, or a close with 4401: the authenticator returned null, or what cannot be a user's id;
 *       see {@link IdentityRefusal}
 *   <li>503: the authenticator threw; the client may try again. The cause is logged at WARN at most
 *       once in 10 s, and not sent to the client
 *   <li>426: allowed, but not a WebSocket handshake
 * </ul>
 *
 * <p>The user found here does not become the request's principal, which stays the application's
 * own. Whether a WebSocket ends with its {@code HttpSession} depends on that principal and on the
 * container: when a user logs out, {@linkplain io.github.redisfanout.RedisFanout#disconnect
 * disconnect} them. Thread-safe.
 */
public final class HandshakeFilter implements Filter {
  private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");
  private static final int UPGRADE_REQUIRED = 426; // the servlet API has no name for it

  private final JakartaFanout sockets;
  private final Authenticator authenticator;
  private final OriginPolicy origins;
  private final IdentityRefusal identityRefusal;
  private final Warnings foreignPages = new Warnings();
  private final Warnings failures = new Warnings();

  /** Allows {@linkplain OriginPolicy#sameHost the same host}. */
  public HandshakeFilter(JakartaFanout sockets, Authenticator authenticator) {
    this(sockets, authenticator, OriginPolicy.sameHost());
  }

  /** Allows the pages that the policy allows; a handshake without a known user ends with 401. */
  public HandshakeFilter(JakartaFanout sockets, Authenticator authenticator, OriginPolicy origins) {
    this(sockets, authenticator, origins, IdentityRefusal.STATUS_401);
  }

  /**
   * Allows the pages that the policy allows; the last argument says how unknown users are refused.
   *
   * @param identityRefusal how a WebSocket handshake without a known user ends; {@link
   *     IdentityRefusal#CLOSE_4401} for pages that reconnect without asking for a ticket first
   */
  public HandshakeFilter(
      JakartaFanout sockets,
      Authenticator authenticator,
      OriginPolicy origins,
      IdentityRefusal identityRefusal) {
    this.identityRefusal = requireNonNull(identityRefusal, "identityRefusal == null");
    this.sockets = requireNonNull(sockets, "sockets == null");
    this.authenticator = requireNonNull(authenticator, "authenticator == null");
    this.origins = requireNonNull(origins, "origins == null");
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    HttpServletRequest http = (HttpServletRequest) request;
    HttpServletResponse answer = (HttpServletResponse) response;
    if (!origins.isAllowed(http)) {
      warnOfForeignPage(http);
      refuse(answer, HandshakeRefusal.FOREIGN_ORIGIN, HttpServletResponse.SC_FORBIDDEN);
      return;
    }
    if (!sockets.fanout().takesSessions()) {
      refuse(answer, HandshakeRefusal.DRAINING, HttpServletResponse.SC_SERVICE_UNAVAILABLE);
      return;
    }
    String userId;
    try {
      userId = authenticator.userId(http);
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      failures.warn("The authenticator threw; the handshake ends with 503", e);
      refuse(
          answer,
          HandshakeRefusal.AUTHENTICATOR_FAILED,
          HttpServletResponse.SC_SERVICE_UNAVAILABLE);
      return;
    }
    boolean known = userId != null && sockets.isUserId(userId);
    boolean handshake = isWebSocketHandshake(http);
    if (!known && handshake && identityRefusal == IdentityRefusal.CLOSE_4401) {
      sockets.fanout().handshakeRefused(HandshakeRefusal.NO_IDENTITY);
      letThrough(null, request, response, chain);
    } else if (!known) {
      refuse(answer, HandshakeRefusal.NO_IDENTITY, HttpServletResponse.SC_UNAUTHORIZED);
    } else if (!handshake) {
      if (http.getProtocol().startsWith("HTTP/1")) { // later versions forbid both headers
        answer.setHeader("Upgrade", "websocket");
        answer.setHeader("Connection", "Upgrade");
      }
      refuse(answer, HandshakeRefusal.NOT_WEBSOCKET, UPGRADE_REQUIRED);
    } else {
      letThrough(userId, request, response, chain);
    }
  }

  private void refuse(HttpServletResponse answer, HandshakeRefusal reason, int status) {
    sockets.fanout().handshakeRefused(reason);
    answer.setStatus(status);
  }

  /** Null: nobody is known, and the WebSocket is to be closed at once. */
  private void letThrough(
      @Nullable String userId, ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    FilteredHandshake.CURRENT.set(new FilteredHandshake(sockets, userId));
    try {
      chain.doFilter(request, response);
    } finally {
      FilteredHandshake.CURRENT.remove();
    }
  }

  /** Says what was compared. */
  private void warnOfForeignPage(HttpServletRequest request) {
    foreignPages.warn(
        "Handshake refused with 403: origin {}, Host header {}, host for the container {} {} TLS;"
            + " allowed: {}",
        Origin.printable(String.join(", ", Collections.list(request.getHeaders("Origin")))),
        Origin.printable(request.getHeader("Host")),
        Origin.printable(request.getServerName() + ":" + request.getServerPort()),
        request.isSecure() ? "with" : "without",
        origins instanceof OriginRules ? origins : "by the application's own policy");
  }

  /** By HTTP/1.1, or as the extended CONNECT of RFC 8441, whose protocol the container checks. */
  private static boolean isWebSocketHandshake(HttpServletRequest request) {
    if (request.getMethod().equals("CONNECT")) {
      return !request.getProtocol().startsWith("HTTP/1")
          && request.getHeader("Sec-WebSocket-Version") != null;
    }
    return request.getMethod().equals("GET")
        && Collections.list(request.getHeaders("Upgrade")).stream()
            .flatMap(COMMA::splitAsStream)
            .anyMatch(token -> token.trim().equalsIgnoreCase("websocket"));
  }
}
