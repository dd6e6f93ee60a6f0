package io.github.redisfanout.jakarta;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The origin policies that we ship; immutable. */
final class OriginRules implements OriginPolicy {
  private static final String AUTHORITY = "(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?";
  private static final Pattern HOST = Pattern.compile(AUTHORITY);
  private static final Pattern ORIGIN = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://" + AUTHORITY);

  /** The port of a scheme that has none of its own. */
  private static final int NO_PORT = -1;

  /** Host and scheme in lower case, and the port that is meant when none is written. */
  private record Origin(String scheme, String host, int port) {
    static @Nullable Origin parse(String text) {
      Matcher matcher = ORIGIN.matcher(text);
      if (!matcher.matches()) {
        return null;
      }
      String scheme = matcher.group(1).toLowerCase(Locale.ROOT);
      return new Origin(
          scheme,
          matcher.group(2).toLowerCase(Locale.ROOT),
          portOf(matcher.group(3), defaultPort(scheme)));
    }
  }

  private final boolean sameHost;
  private final Set<Origin> allowed;

  OriginRules(boolean sameHost, List<String> origins) {
    this.sameHost = sameHost;
    allowed = origins.stream().map(OriginRules::required).collect(Collectors.toUnmodifiableSet());
  }

  private static Origin required(String text) {
    Origin origin = Origin.parse(text);
    if (origin == null) {
      throw new IllegalArgumentException(
          "origin must be scheme://host or scheme://host:port, without a path: '" + text + "'");
    }
    return origin;
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
    int defaultPort = defaultPort(origin.scheme());
    String header = request.getHeader("Host");
    if (header == null || defaultPort == NO_PORT) {
      return false;
    }
    Matcher host = HOST.matcher(header);
    // Without TLS here there may be some in front of us: then only the page knows its scheme.
    return host.matches()
        && host.group(1).equalsIgnoreCase(origin.host())
        && portOf(host.group(2), request.isSecure() ? 443 : defaultPort) == origin.port();
  }

  private static int portOf(@Nullable String digits, int otherwise) {
    return digits == null ? otherwise : Integer.parseInt(digits);
  }

  private static int defaultPort(String scheme) {
    return switch (scheme) {
      case "http" -> 80;
      case "https" -> 443;
      default -> NO_PORT;
    };
  }
}
