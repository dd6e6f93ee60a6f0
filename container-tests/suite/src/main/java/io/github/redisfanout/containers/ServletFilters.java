package io.github.redisfanout.containers;

import io.github.redisfanout.jakarta.Authenticator;
import io.github.redisfanout.jakarta.HandshakeFilter;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;

/** Makes the filter in front of the endpoint. */
final class ServletFilters {
  private ServletFilters() {}

  static Filter of(ServerSetup setup) {
    if (setup.bare()) {
      return (request, response, chain) -> chain.doFilter(request, response);
    }
    Authenticator authenticator = request -> request.getParameter("user");
    Filter handshake = new HandshakeFilter(setup.sockets(), authenticator);
    return (request, response, chain) ->
        handshake.doFilter(Login.of((HttpServletRequest) request), response, chain);
  }
}
