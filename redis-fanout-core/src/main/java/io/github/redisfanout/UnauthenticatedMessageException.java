package io.github.redisfanout;

/** A received message is not of somebody with a key, or not new; the message says which. */
final class UnauthenticatedMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  UnauthenticatedMessageException(String rule) {
    super(rule, null, false, false);
  }
}
