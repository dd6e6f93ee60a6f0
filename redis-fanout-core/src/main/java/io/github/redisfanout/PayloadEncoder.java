package io.github.redisfanout;

import org.jspecify.annotations.Nullable;

/** Turns what the application publishes into JSON. Must be thread-safe. */
@FunctionalInterface
public interface PayloadEncoder {

  /**
   * The payload as exactly one JSON value in UTF-8, without BOM. The result is checked, and must
   * not be changed afterwards.
   *
   * @param payload what was given to publish; null is a value too
   * @throws Exception if this payload has no JSON form; the publish is then refused
   */
  byte[] encode(@Nullable Object payload) throws Exception;
}
