package io.github.redisfanout.jakarta;

import jakarta.websocket.MessageHandler;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts the parts of one session's text messages together, up to a limit; the container calls it
 * serially.
 *
 * <p>Parts, because containers differ in what they do with a whole message: two of them have no
 * limit of their own, and one keeps a buffer of the limit's size for every session.
 */
final class TextAssembler implements MessageHandler.Partial<String> {
  private final int limitBytes;
  private final Runnable onPart;
  private final Consumer<String> onText;
  private final Runnable onTooLong;

  private @Nullable StringBuilder earlierParts; // null between messages
  private long bytes;
  private boolean overLimit; // the session is being closed; what it still sends is ignored

  /**
   * @param onPart called for every part
   * @param onText takes the whole messages
   * @param onTooLong called once, when a message is over the limit
   */
  TextAssembler(int limitBytes, Runnable onPart, Consumer<String> onText, Runnable onTooLong) {
    this.limitBytes = limitBytes;
    this.onPart = onPart;
    this.onText = onText;
    this.onTooLong = onTooLong;
  }

  @Override
  public void onMessage(String received, boolean last) {
    if (overLimit) {
      return;
    }
    onPart.run();
    bytes += utf8Bytes(received);
    if (bytes > limitBytes) {
      overLimit = true;
      earlierParts = null;
      onTooLong.run();
      return;
    }
    StringBuilder before = earlierParts;
    if (last) {
      earlierParts = null;
      bytes = 0;
      onText.accept(before == null ? received : before.append(received).toString());
    } else if (before == null) {
      earlierParts = new StringBuilder(received);
    } else {
      before.append(received);
    }
  }

  /** How long a text is in UTF-8; a part may end between the two halves of a surrogate pair. */
  static long utf8Bytes(String text) {
    long bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        bytes += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
      }
    }
    return bytes;
  }
}
