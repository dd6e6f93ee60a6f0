package io.github.redisfanout;

/** Why an adapter refused a client before it had a session. Constants may be added. */
public enum HandshakeRefusal {
  /** A page of a foreign origin: 403. */
  FOREIGN_ORIGIN,
  /** Nobody is known who the client could be: 401, or closed with 4401 at once. */
  NO_IDENTITY,
  /** It could not be found out who the client is: 503, or closed with 1013 at once. */
  AUTHENTICATOR_FAILED,
  /** The node is drained, closed or not started yet: 503, or closed with 1001 at once. */
  DRAINING,
  /** Allowed, but not a WebSocket handshake: 426. */
  NOT_WEBSOCKET,
  /** Its endpoint could not be made: 500, or the connection is cut at once. */
  ENDPOINT_FAILED
}
