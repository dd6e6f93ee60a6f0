package io.github.redisfanout.internal.wire;

import io.github.redisfanout.internal.Checks;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** The checks of a message's encoding that Jackson does not make. */
public final class Utf8 {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGHEST_BITS = 0x8080_8080_8080_8080L;

  private Utf8() {}

  /**
   * Refuses a BOM, bytes that are not UTF-8, and NUL bytes.
   *
   * <p>JSON has no NUL byte anywhere, but UTF-16 and UTF-32 do, and Jackson would take them.
   */
  static void check(byte[] bytes) throws MalformedMessageException {
    boolean ascii = true;
    for (int i = asciiWords(bytes); i < bytes.length; i++) {
      byte b = bytes[i];
      if (b <= 0) {
        if (b == 0) {
          throw new MalformedMessageException("it has a NUL byte, so it is not JSON in UTF-8");
        }
        ascii = false;
      }
    }
    if (ascii) {
      return;
    }
    if (bytes[0] == (byte) 0xEF
        && bytes.length > 2
        && bytes[1] == (byte) 0xBB
        && bytes[2] == (byte) 0xBF) {
      throw new MalformedMessageException("it begins with a byte order mark");
    }
    // Jackson skips strings without looking closely at their bytes.
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(Math.min(bytes.length, 1024));
    CoderResult result;
    do {
      out.clear();
      result = decoder.decode(in, out, true);
    } while (result.isOverflow());
    if (result.isError()) {
      throw new MalformedMessageException("it is not valid UTF-8: at byte " + in.position());
    }
  }

  /** How many bytes at the beginning are surely ASCII and not NUL: looked at eight at a time. */
  private static int asciiWords(byte[] bytes) {
    int at = 0;
    while (at <= bytes.length - Long.BYTES) {
      long word = (long) LONGS.get(bytes, at);
      // The highest bit of a byte is set if it is in the byte, or if subtracting 1 borrowed.
      if (((word | (word - ONES)) & HIGHEST_BITS) != 0) {
        break;
      }
      at += Long.BYTES;
    }
    return at;
  }

  /**
   * The text in UTF-8.
   *
   * @throws IllegalArgumentException if the text has an unpaired surrogate
   */
  public static byte[] encode(String text) {
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "text must not have an unpaired surrogate: at index "
              + Checks.indexOfUnpairedSurrogate(text));
    }
  }
}
