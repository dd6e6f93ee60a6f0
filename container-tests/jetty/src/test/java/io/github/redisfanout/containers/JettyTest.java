package io.github.redisfanout.containers;

class JettyTest extends ContainerTest {
  @Override
  protected ContainerServer start(ServerSetup setup) throws Exception {
    return new JettyServer(setup);
  }
}
