package io.github.redisfanout;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A payload that keeps the text, and makes the bytes only for a transport that wants them. */
final class TextPayload implements Payload {
  private final String text;
  private final int bytes;
  private volatile @Nullable ByteBuffer utf8; // null until asked for

  /** {@code bytes} is the length of the text in UTF-8; the caller knows it already. */
  TextPayload(String text, int bytes) {
    this.text = text;
    this.bytes = bytes;
  }

  /** What this payload counts for in a queue, in bytes. */
  int bytes() {
    return bytes;
  }

  @Override
  public String text() {
    return text;
  }

  @Override
  public ByteBuffer utf8() {
    ByteBuffer made = utf8;
    if (made == null) {
      synchronized (this) {
        made = utf8;
        if (made == null) {
          made = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)).asReadOnlyBuffer();
          utf8 = made;
        }
      }
    }
    return made.duplicate();
  }
}
