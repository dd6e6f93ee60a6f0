package io.github.redisfanout;

import java.util.Collection;

/** A registry of the application's own, which a test may let misbehave. */
class ForwardingRegistry implements SessionRegistry {
  private final InMemorySessionRegistry registry = new InMemorySessionRegistry();

  @Override
  public boolean add(Address address, FanoutSession session) {
    return registry.add(address, session);
  }

  @Override
  public boolean remove(Address address, FanoutSession session) {
    return registry.remove(address, session);
  }

  @Override
  public Collection<FanoutSession> sessions(Address address) {
    return registry.sessions(address);
  }

  @Override
  public int sessionCount() {
    return registry.sessionCount();
  }
}
