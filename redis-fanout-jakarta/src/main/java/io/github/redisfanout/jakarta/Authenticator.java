package io.github.redisfanout.jakarta;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * Says which user a WebSocket handshake belongs to; the application writes it.
 *
 * <p>Called at most once for a handshake, after its origin was found allowed and while the node
 * takes sessions, so it may use up a ticket that is good for one use. Must be thread-safe; may
 * block.
 */
@FunctionalInterface
public interface Authenticator {

  /**
   * The user's id, not empty and without unpaired surrogates; null if the user is unknown.
   *
   * <p>For null the handshake ends with 401, or as {@link IdentityRefusal} says.
   *
   * @throws Exception if it cannot tell at the moment: the handshake then ends with 503
   */
  @Nullable String userId(HttpServletRequest request) throws Exception;
}
