package io.github.redisfanout.containers;

import java.net.URI;
import java.util.function.Consumer;

/** Opens WebSockets over HTTP/2 (RFC 8441); the module of a container that offers them has one. */
public interface Http2Client extends AutoCloseable {

  /**
   * Opens a WebSocket, until the client is closed.
   *
   * @param texts is given what arrives
   * @return false if the server refused
   */
  boolean open(URI uri, String origin, Consumer<String> texts) throws Exception;
}
