package io.github.redisfanout.containers;

import java.util.Set;

class TomcatTest extends ContainerTest {
  @Override
  protected ContainerServer start(ServerSetup setup) throws Exception {
    return new TomcatServer(setup);
  }

  @Override
  protected Set<Deviation> deviations() {
    return Set.of(Deviation.LOOKS_AT_CLOSES_EVERY_TEN_SECONDS, Deviation.NO_WEBSOCKETS_OVER_HTTP_2);
  }
}
