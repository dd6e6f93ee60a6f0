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
  private final Consumer<String> messages;
  private final Runnable tooLong;
  private final Runnable part;

  private @Nullable StringBuilder text; // null between messages
  private long bytes;
  private boolean gaveUp; // the session is being closed; what it still sends is ignored

  /**
   * @param part told of every part
   * @param messages takes the whole messages
   * @param tooLong told once, when a message is over the limit
   */
  TextAssembler(int limitBytes, Runnable part, Consumer<String> messages, Runnable tooLong) {
    this.limitBytes = limitBytes;
    this.part = part;
    this.messages = messages;
    this.tooLong = tooLong;
  }

  @Override
  public void onMessage(String received, boolean last) {
    if (gaveUp) {
      return;
    }
    part.run();
    bytes += utf8Bytes(received);
    if (bytes > limitBytes) {
      gaveUp = true;
      text = null;
      tooLong.run();
      return;
    }
    StringBuilder before = text;
    if (last) {
      text = null;
      bytes = 0;
      messages.accept(before == null ? received : before.append(received).toString());
    } else if (before == null) {
      text = new StringBuilder(received);
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
