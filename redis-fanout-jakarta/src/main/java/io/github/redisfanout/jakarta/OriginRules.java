package io.github.redisfanout.jakarta;

import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Set;

/** The origin policies that we ship; immutable. */
final class OriginRules implements OriginPolicy {
  private final boolean sameHost;
  private final Set<Origin> allowed;
  private final List<String> names;

  OriginRules(boolean sameHost, List<String> origins) {
    this.sameHost = sameHost;
    allowed = Origin.allOf(origins);
    names = new ArrayList<>(origins);
    if (sameHost) {
      names.add(0, "the same host");
    }
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
    return allowed.contains(origin) || (sameHost && RequestedHost.isHostOf(request, origin));
  }

  /** What is allowed, for the log. */
  @Override
  public String toString() {
    return String.join(", ", names);
  }
}
