package io.github.redisfanout.containers;

import java.util.Set;

class UndertowTest extends ContainerTest {
  @Override
  protected ContainerServer start(ServerSetup setup) throws Exception {
    return new UndertowServer(setup);
  }

  @Override
  protected Set<Deviation> deviations() {
    return Set.of(Deviation.NO_WEBSOCKETS_OVER_HTTP_2, Deviation.TIED_TO_HTTP_SESSIONS);
  }
}
