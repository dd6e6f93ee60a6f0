package io.github.redisfanout.examples.chat;

/** A request that is refused: an HTTP status, and a reason that the client may see. */
class ChatException extends Exception {
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

  /** A method that the path does not know: 405, and those that it does. */
  static final class WrongMethod extends ChatException {
    private static final long serialVersionUID = 1L;

    private final String allowed;

    WrongMethod(String allowed) {
      super(405, "the method must be one of " + allowed);
      this.allowed = allowed;
    }

    String allowed() {
      return allowed;
    }
  }
}
