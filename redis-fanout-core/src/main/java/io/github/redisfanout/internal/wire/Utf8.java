package io.github.redisfanout.internal.wire;

import io.github.redisfanout.internal.Checks;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;

/** The checks of a message's encoding that Jackson does not make. */
public final class Utf8 {
  private Utf8() {}

  /**
   * Refuses a BOM, bytes that are not UTF-8, and NUL bytes. JSON has no NUL byte anywhere, but
   * UTF-16 and UTF-32 do, and Jackson would take them.
   */
  static void check(byte[] bytes) throws MalformedMessageException {
    if (bytes.length > 2
        && bytes[0] == (byte) 0xEF
        && bytes[1] == (byte) 0xBB
        && bytes[2] == (byte) 0xBF) {
      throw new MalformedMessageException("it begins with a byte order mark");
    }
    for (byte b : bytes) {
      if (b == 0) {
        throw new MalformedMessageException("it has a NUL byte, so it is not JSON in UTF-8");
      }
    }
    // Jackson skips strings without looking closely at their bytes.
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    if (StandardCharsets.UTF_8.newDecoder().decode(in, out, true).isError()) {
      throw new MalformedMessageException("it is not valid UTF-8: at byte " + in.position());
    }
  }

  /**
   * The text in UTF-8.
   *
   * @throws IllegalArgumentException if the text has an unpaired surrogate
   */
  public static byte[] encode(String text) {
    Checks.noUnpairedSurrogate("text", text);
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
