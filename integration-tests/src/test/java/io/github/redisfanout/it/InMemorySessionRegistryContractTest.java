package io.github.redisfanout.it;

import io.github.redisfanout.InMemorySessionRegistry;
import io.github.redisfanout.SessionRegistry;
import io.github.redisfanout.testkit.SessionRegistryContract;

class InMemorySessionRegistryContractTest extends SessionRegistryContract {
  @Override
  protected SessionRegistry create() {
    return new InMemorySessionRegistry();
  }
}
