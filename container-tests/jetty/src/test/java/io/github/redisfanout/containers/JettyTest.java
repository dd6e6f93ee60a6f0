package io.github.redisfanout.containers;

import java.util.Set;

class JettyTest extends ContainerTest {
  @Override
  protected ContainerServer start(ServerSetup setup) throws Exception {
    return new JettyServer(setup);
  }

  @Override
  protected Http2Client http2Client() throws Exception {
    return new JettyHttp2Client();
  }

  @Override
  protected Set<Deviation> deviations() {
    return Set.of(Deviation.OUTLIVES_LOGINS);
  }
}
