package io.github.redisfanout.containers;

class UndertowTest extends ContainerTest {
  @Override
  protected ContainerServer start(ServerSetup setup) throws Exception {
    return new UndertowServer(setup);
  }
}
