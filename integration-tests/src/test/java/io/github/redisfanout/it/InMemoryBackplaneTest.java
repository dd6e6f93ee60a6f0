package io.github.redisfanout.it;

import io.github.redisfanout.backplane.Backplane;
import io.github.redisfanout.backplane.InMemoryBackplane;
import io.github.redisfanout.testkit.BackplaneContract;

class InMemoryBackplaneTest extends BackplaneContract {
  private final InMemoryBackplane.Hub hub = new InMemoryBackplane.Hub();

  @Override
  protected Backplane create() {
    return new InMemoryBackplane(hub);
  }
}
