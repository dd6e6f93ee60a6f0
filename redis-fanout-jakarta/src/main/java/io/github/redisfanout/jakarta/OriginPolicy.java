package io.github.redisfanout.jakarta;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;

/**
 * Says whether the page that a handshake comes from may connect.
 *
 * <p>Browsers let every page open a WebSocket to every host, with the user's cookies. The {@code
 * Origin} header, which a page cannot forge, is the defence.
 *
 * <p>All policies made here allow a handshake without that header: it does not come from a browser.
 * They refuse {@code null}, which sandboxed pages and local files send, what is not an origin, and
 * more than one header. Thread-safe, as one of your own must be.
 */
@FunctionalInterface
public interface OriginPolicy {

  /** Whether the handshake may go on; if not, it ends with 403, and no authenticator is called. */
  boolean isAllowed(HttpServletRequest request);

  /**
   * Allows pages of the host and port that the handshake was sent to.
   *
   * <p>These are those of the {@code Host} header, or of {@link HttpServletRequest#getServerName}
   * and {@code getServerPort}, which include forwarding headers if your container or framework
   * trusts them. Host names are compared without regard to case; a missing port is 80 for http and
   * 443 for https. Schemes are not compared, as a server behind a proxy does not know its own.
   *
   * <p>Some proxies remove the port from the header. So without a port in the header, without TLS,
   * and on a server that listens on a port other than 80 and 443, all ports of the host are
   * allowed. docs/proxies.md says how to have ports compared.
   */
  static OriginPolicy sameHost() {
    return sameHostOr();
  }

  /**
   * Allows what {@link #sameHost} allows, and the origins named.
   *
   * @param origins such as {@code https://app.example} or {@code https://app.example:8443}
   * @throws IllegalArgumentException if one of them is not an origin
   */
  static OriginPolicy sameHostOr(String... origins) {
    return new OriginRules(true, List.of(origins));
  }

  /**
   * Allows the origins named only, not the server's own host.
   *
   * @throws IllegalArgumentException if there is none, or one of them is not an origin
   */
  static OriginPolicy allow(String... origins) {
    if (origins.length == 0) {
      throw new IllegalArgumentException("origins must name at least one: []");
    }
    return new OriginRules(false, List.of(origins));
  }
}
