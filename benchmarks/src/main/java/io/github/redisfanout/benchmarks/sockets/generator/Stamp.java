package io.github.redisfanout.benchmarks.sockets.generator;

import java.nio.ByteBuffer;
import java.util.Locale;

/**
 * When a message was published: a {@code System.nanoTime()} of fixed length at its very start.
 *
 * <p>A client finds it without parsing JSON: it stands behind {@code {"sent":"}.
 */
public final class Stamp {
  private static final int BEFORE = "{\"sent\":\"".length();
  private static final int DIGITS = 19; // of the largest long

  /** So many bytes of a message must be there to read its stamp. */
  static final int END = BEFORE + DIGITS;

  private Stamp() {}

  /**
   * @param nanos not negative
   */
  public static String of(long nanos) {
    return String.format(Locale.ROOT, "%0" + DIGITS + "d", nanos);
  }

  /** Reads the stamp of the message that starts at an index. */
  static long read(ByteBuffer buffer, int start) {
    long nanos = 0;
    for (int i = start + BEFORE; i < start + END; i++) {
      nanos = nanos * 10 + (buffer.get(i) - '0');
    }
    return nanos;
  }
}
