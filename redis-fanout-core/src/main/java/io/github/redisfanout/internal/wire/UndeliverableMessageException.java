package io.github.redisfanout.internal.wire;

/**
 * A received message is for an audience that this version does not understand, and so for nobody;
 * the message says why.
 */
public final class UndeliverableMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  UndeliverableMessageException(String rule) {
    super(rule, null, false, false);
  }
}
