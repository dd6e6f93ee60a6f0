package io.github.redisfanout;

/**
 * Why an adapter refused a client before it had a session. Constants may be added.
 *
 * <p>The codes are those of the Jakarta adapter: an HTTP status, or a close code where the
 * WebSocket is accepted and closed at once.
 */
public enum HandshakeRefusal {
  /** The page's origin is not allowed: 403. */
  FOREIGN_ORIGIN,
  /** The client has no known user: 401, or 4401. */
  NO_IDENTITY,
  /** The authenticator threw: 503, or 1013. */
  AUTHENTICATOR_FAILED,
  /** The node is not started, drained or closed: 503, or 1001. */
  DRAINING,
  /** Allowed, but not a WebSocket handshake: 426. */
  NOT_WEBSOCKET,
  /** The endpoint could not be created: 500, or the connection is cut at once. */
  ENDPOINT_FAILED
}
