package io.github.redisfanout.jakarta;

import java.security.Principal;

/** Carries the handshake filter's answer to the endpoint's configurator. */
record HandshakePrincipal(String userId, JakartaFanout sockets) implements Principal {
  @Override
  public String getName() {
    return userId;
  }

  @Override
  public String toString() {
    return userId;
  }
}
