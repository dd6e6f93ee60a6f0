package io.github.redisfanout.examples.chat;

/** A request that is refused: an HTTP status, and a reason that the client may see. */
final class ChatException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  ChatException(int status, String reason) {
    super(reason);
    this.status = status;
  }

  int status() {
    return status;
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
