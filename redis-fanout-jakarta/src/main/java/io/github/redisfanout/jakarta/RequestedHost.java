package io.github.redisfanout.jakarta;

import jakarta.servlet.http.HttpServletRequest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The host that a handshake was sent to: what its {@code Host} header says, or what the container
 * has found out.
 *
 * <p>Both are asked, as proxies pass on either. The container's is that of HTTP/2, and that of
 * forwarding headers wherever the application has told its container, or a filter in front, to
 * believe them. We never read those ourselves.
 *
 * @param port {@link Origin#NO_PORT} if none was written, or a proxy may have replaced it
 */
record RequestedHost(String name, int port) {
  private static final Pattern HOST = Pattern.compile(Origin.AUTHORITY);

  /** Whether a page of this origin comes from the host that the request was sent to. */
  static boolean isHostOf(HttpServletRequest request, Origin origin) {
    String header = request.getHeader("Host");
    if (header == null) {
      RequestedHost container = ofContainer(request);
      return container != null && container.matches(request, origin);
    }
    RequestedHost written = parse(header);
    if (written == null) {
      return false;
    }
    RequestedHost forwarded = forwarded(request, written);
    return written.matches(request, origin)
        || (forwarded != null && forwarded.matches(request, origin));
  }

  private static @Nullable RequestedHost parse(String header) {
    Matcher host = HOST.matcher(header);
    return host.matches()
        ? new RequestedHost(host.group(1), Origin.portOf(host.group(2), Origin.NO_PORT))
        : null;
  }

  private static @Nullable RequestedHost ofContainer(HttpServletRequest request) {
    String name = request.getServerName();
    if (name == null) {
      return null;
    }
    boolean bare = name.indexOf(':') >= 0 && !name.startsWith("["); // an IPv6 address
    int port = request.getServerPort();
    return new RequestedHost(
        bare ? "[" + name + "]" : name, port == 80 || port == 443 ? Origin.NO_PORT : port);
  }

  /** Null if the container knows nothing but the header. */
  private static @Nullable RequestedHost forwarded(
      HttpServletRequest request, RequestedHost written) {
    RequestedHost container = ofContainer(request);
    if (container == null) {
      return null;
    }
    boolean samePort = container.port == written.port || request.getServerPort() == written.port;
    if (!container.name.equalsIgnoreCase(written.name)) {
      // A port that is still the header's does not belong to the other name.
      return samePort ? new RequestedHost(container.name, Origin.NO_PORT) : container;
    }
    return samePort ? null : container;
  }

  private boolean matches(HttpServletRequest request, Origin origin) {
    int defaultPort = Origin.defaultPort(origin.scheme());
    if (defaultPort == Origin.NO_PORT || !name.equalsIgnoreCase(origin.host())) {
      return false;
    }
    if (port != Origin.NO_PORT) {
      return port == origin.port();
    }
    if (request.isSecure()) {
      return origin.port() == 443;
    }
    // Without TLS here there may be some in front of us: then only the page knows its scheme.
    return origin.port() == defaultPort || isPortLost(request);
  }

  /**
   * Whether a proxy may have dropped the port, as nginx' {@code $host} does. A browser names every
   * port but the default ones, so a server that listens on another one has a proxy in front. Then
   * pages of all ports of the host are allowed; as cookies do not know ports either, the server
   * that such a page comes from is sent the user's cookies anyway.
   */
  private static boolean isPortLost(HttpServletRequest request) {
    int local = request.getLocalPort();
    return local > 0 && local != 80 && local != 443;
  }
}
