package io.github.redisfanout.jakarta;

/** How a {@link HandshakeFilter} refuses a WebSocket handshake of a client whom nobody knows. */
public enum IdentityRefusal {
  /**
   * The handshake ends with 401. Browsers do not show their pages the status, only a close with
   * 1006, which is also what a lost network looks like.
   */
  STATUS_401,
  /**
   * The handshake is accepted and the WebSocket closed at once with {@link
   * io.github.redisfanout.Disconnect#NO_IDENTITY}, 4401, so that a page learns that it must not
   * come back by itself. It never becomes a session.
   */
  CLOSE_4401
}
