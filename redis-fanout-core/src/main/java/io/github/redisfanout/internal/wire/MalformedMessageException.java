package io.github.redisfanout.internal.wire;

/** A received message breaks the wire format; the message says how, without its content. */
public final class MalformedMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedMessageException(String rule) {
    super(rule, null, false, false);
  }
}
