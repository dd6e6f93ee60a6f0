package io.github.redisfanout.jakarta;

import java.security.Principal;

/** Carries what the handshake filter found out to the endpoint's configurator. */
record HandshakePrincipal(String userId, JakartaFanout fanout) implements Principal {
  @Override
  public String getName() {
    return userId;
  }

  @Override
  public String toString() {
    return userId;
  }
}
