package io.github.redisfanout;

import io.github.redisfanout.testkit.SessionRegistryContract;

class InMemorySessionRegistryContractTest extends SessionRegistryContract {
  @Override
  protected SessionRegistry create() {
    return new InMemorySessionRegistry();
  }
}
