package io.github.redisfanout.jakarta;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Enumeration;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The origin policies that we ship; immutable. */
final class OriginRules implements OriginPolicy {
  private static final Pattern HOST = Pattern.compile(Origin.AUTHORITY);

  private final boolean sameHost;
  private final Set<Origin> allowed;

  OriginRules(boolean sameHost, List<String> origins) {
    this.sameHost = sameHost;
    allowed = Origin.allOf(origins);
  }

  @Override
  public boolean isAllowed(HttpServletRequest request) {
    Enumeration<String> headers = request.getHeaders("Origin");
    if (headers == null || !headers.hasMoreElements()) {
      return true;
    }
    Origin origin = Origin.parse(headers.nextElement());
    if (origin == null || headers.hasMoreElements()) {
      return false;
    }
    return allowed.contains(origin) || (sameHost && isHostOf(request, origin));
  }

  private static boolean isHostOf(HttpServletRequest request, Origin origin) {
    int defaultPort = Origin.defaultPort(origin.scheme());
    String header = request.getHeader("Host");
    if (header == null || defaultPort == Origin.NO_PORT) {
      return false;
    }
    Matcher host = HOST.matcher(header);
    // Without TLS here there may be some in front of us: then only the page knows its scheme.
    return host.matches()
        && host.group(1).equalsIgnoreCase(origin.host())
        && Origin.portOf(host.group(2), request.isSecure() ? 443 : defaultPort) == origin.port();
  }
}
