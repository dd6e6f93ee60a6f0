package io.github.redisfanout.containers;

/** A container that listens on 127.0.0.1 and has the adapter's endpoint at {@code /ws}. */
public interface ContainerServer extends AutoCloseable {

  /** The port that it listens on. */
  int port();

  /** Stops the container, at once; the node that it serves is somebody else's. */
  @Override
  void close() throws Exception;
}
