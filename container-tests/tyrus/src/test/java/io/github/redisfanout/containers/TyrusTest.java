package io.github.redisfanout.containers;

import java.util.Set;

class TyrusTest extends ContainerTest {
  @Override
  protected ContainerServer start(ServerSetup setup) throws Exception {
    return new TyrusServer(setup);
  }

  @Override
  protected Set<Deviation> deviations() {
    return Set.of(
        Deviation.KEEPS_STUCK_SOCKETS,
        Deviation.KEEPS_WHOLE_FRAMES,
        Deviation.NO_HTTP_2,
        Deviation.NO_LOGINS,
        Deviation.NO_SCANNING,
        Deviation.NO_SERVLETS,
        Deviation.REFUSAL_WITHOUT_END);
  }
}
