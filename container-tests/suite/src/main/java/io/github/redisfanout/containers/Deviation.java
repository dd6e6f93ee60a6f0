package io.github.redisfanout.containers;

/** What a container does otherwise than the contracts say, in a sentence for the reports. */
public enum Deviation {
  KEEPS_STUCK_SOCKETS(
      "The socket of a client that never reads stays open until that client goes:"
          + " nothing in the API ends it."),
  LOOKS_AT_CLOSES_EVERY_TEN_SECONDS(
      "Whether a client has answered a close in time is looked at every 10 s only, so the socket of"
          + " one that has vanished is freed up to 10 s later; the system property"
          + " org.apache.tomcat.websocket.DEFAULT_PROCESS_PERIOD changes that."),
  NO_SCANNING(
      "Without servlets the container finds no endpoints, and there is no filter: use an endpoint"
          + " that is not annotated, with FanoutConfigurator.withoutFilter."),
  NO_SERVLETS(
      "Without servlets there is no filter: a handshake without an identity is accepted,"
          + " and its session closed with 4401."),
  NO_LOGINS("Without servlets there are neither principals nor HTTP sessions."),
  OUTLIVES_LOGINS(
      "The WebSocket of a user who logged in stays open when the HTTP session ends: disconnect the"
          + " user when you log them out."),
  TIED_TO_HTTP_SESSIONS(
      "A WebSocket whose handshake belongs to an HTTP session is closed with 1008 and no text when"
          + " that session ends, also without a login."),
  NO_WEBSOCKETS_OVER_HTTP_2(
      "The container speaks HTTP/2, but offers no WebSockets over it (RFC 8441): browsers open them"
          + " over HTTP/1.1 beside it."),
  NO_HTTP_2("Speaks HTTP/1.1 only."),
  REFUSAL_WITHOUT_END(
      "The 403 for a foreign page has no length, and the connection stays open:"
          + " a client that reads it to its end waits."),
  KEEPS_WHOLE_FRAMES(
      "A frame is kept in memory until it is whole, whatever the limit for texts is; one of more than"
          + " 4 MiB is ended by the container with 1011; its property"
          + " org.glassfish.tyrus.incomingBufferSize changes that.");

  private final String sentence;

  Deviation(String sentence) {
    this.sentence = sentence;
  }

  public String sentence() {
    return sentence;
  }
}
