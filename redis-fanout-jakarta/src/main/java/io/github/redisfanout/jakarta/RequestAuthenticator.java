package io.github.redisfanout.jakarta;

import jakarta.websocket.server.HandshakeRequest;
import org.jspecify.annotations.Nullable;

/**
 * Says which user a WebSocket handshake belongs to where no servlet filter can; the application
 * writes it. See {@link FanoutConfigurator#withoutFilter}.
 *
 * <p>Called once for a handshake whose origin was found allowed while the node takes sessions. Must
 * be thread-safe; may block.
 */
@FunctionalInterface
public interface RequestAuthenticator {

  /**
   * The user's id, not empty and without unpaired surrogates, or null if nobody is known: the
   * session is then closed with 4401 as soon as it is open, as the API has no way to refuse it.
   *
   * @throws Exception if it cannot tell at the moment: the session is then closed with 1013
   */
  @Nullable String userId(HandshakeRequest request) throws Exception;
}
