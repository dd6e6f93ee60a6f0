package io.github.redisfanout.internal.wire;

/**
 * A received message is for nobody: this version does not understand its audience, or it came on a
 * channel of somebody else. The message says why.
 */
public final class UndeliverableMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  UndeliverableMessageException(String rule) {
    super(rule, null, false, false);
  }
}
