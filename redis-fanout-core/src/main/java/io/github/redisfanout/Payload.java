package io.github.redisfanout;

import java.nio.ByteBuffer;

/**
 * What a transport writes: one JSON value, exactly as it was published.
 *
 * <p>Immutable, thread-safe, and shared by all sessions that receive the message: each form is made
 * once.
 */
public interface Payload {

  /** The value's own text. */
  String text();

  /** The text as UTF-8; a read-only buffer with its own position. */
  ByteBuffer utf8();
}
