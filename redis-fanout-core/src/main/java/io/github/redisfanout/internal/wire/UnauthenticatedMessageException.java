package io.github.redisfanout.internal.wire;

/** A received message was not signed with a known key, or is not new; the message says which. */
public final class UnauthenticatedMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  UnauthenticatedMessageException(String rule) {
    super(rule, null, false, false);
  }
}
