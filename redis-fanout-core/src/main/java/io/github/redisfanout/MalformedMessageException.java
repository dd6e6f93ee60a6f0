package io.github.redisfanout;

/** A received message breaks the wire format; the message says how, without its content. */
final class MalformedMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedMessageException(String rule) {
    super(rule, null, false, false);
  }
}
