package io.github.redisfanout.jakarta;

import jakarta.websocket.server.HandshakeRequest;
import org.jspecify.annotations.Nullable;

/**
 * Says which user a WebSocket handshake belongs to, without servlets; the application writes it.
 *
 * <p>See {@link FanoutConfigurator#withoutFilter}. Called once for a handshake whose origin was
 * found allowed while the node takes sessions. Must be thread-safe; may block.
 */
@FunctionalInterface
public interface RequestAuthenticator {

  /**
   * The user's id, not empty and without unpaired surrogates; null if the user is unknown.
   *
   * <p>For null the WebSocket is closed with 4401 as soon as it is open, as the API cannot refuse
   * it.
   *
   * @throws Exception if it cannot tell at the moment: the session is then closed with 1013
   */
  @Nullable String userId(HandshakeRequest request) throws Exception;
}
