package io.github.redisfanout.jakarta;

/** How a {@link HandshakeFilter} refuses a WebSocket handshake without a known user. */
public enum IdentityRefusal {
  /**
   * The handshake ends with 401. The default.
   *
   * <p>Browsers do not show the status to the page: it sees 1006, as for a lost connection.
   */
  STATUS_401,
  /**
   * The handshake is accepted, and the WebSocket closed at once with 4401.
   *
   * <p>So a page learns that it must not reconnect by itself. The WebSocket never becomes a
   * session. The code is that of {@link io.github.redisfanout.Disconnect#NO_IDENTITY}.
   */
  CLOSE_4401
}
