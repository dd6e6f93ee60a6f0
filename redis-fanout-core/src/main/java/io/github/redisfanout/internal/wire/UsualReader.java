package io.github.redisfanout.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a message in the form in which this library writes it, and Python's {@code json.dumps}: the
 * recipients, in ASCII without escapes, then the payload, and nothing else.
 *
 * <p>On a system with many nodes most messages concern nobody on a node. So this reads them with as
 * few steps as possible, and makes no text of ids that the filter does not contain.
 */
final class UsualReader {
  private static final byte[] BEGIN = ascii("{\"" + Envelope.TARGET_USER_IDS + "\":");
  private static final byte[] MIDDLE = ascii("\"" + Envelope.PAYLOAD + "\":");

  private final byte[] message;
  private final UserIdFilter filter;
  private int at;
  private List<String> userIds = List.of(); // those that the filter contains

  private UsualReader(byte[] message, UserIdFilter filter) {
    this.message = message;
    this.filter = filter;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** The message; null says only that it does not have this form, or is not right. */
  static @Nullable Envelope read(byte[] message, int maxDepth, UserIdFilter filter) {
    UsualReader reader = new UsualReader(message, filter);
    if (!reader.skip(BEGIN) || !reader.skipUserIds() || !reader.skip(MIDDLE)) {
      return null;
    }
    reader.skipSpace();
    int from = reader.at;
    JsonScanner scanner = new JsonScanner(message, maxDepth, from);
    if (!scanner.skipValue(1)) {
      return null;
    }
    int to = scanner.at();
    if (to != message.length - 1 || message[to] != '}') {
      return null;
    }
    return reader.userIds.isEmpty()
        ? Envelope.FOR_NOBODY
        : new Envelope(reader.userIds, Map.of(), message, from, to);
  }

  private boolean skip(byte[] expected) {
    int end = at + expected.length;
    if (end > message.length || !Arrays.equals(expected, 0, expected.length, message, at, end)) {
      return false;
    }
    at = end;
    return true;
  }

  private void skipSpace() {
    if (at < message.length && message[at] == ' ') {
      at++;
    }
  }

  /** Steps over the array and the comma behind it. */
  private boolean skipUserIds() {
    skipSpace();
    if (at == message.length || message[at] != '[') {
      return false;
    }
    do {
      at++;
      skipSpace();
      if (!skipUserId()) {
        return false;
      }
    } while (message[at] == ',');
    if (message[at] != ']' || message[at + 1] != ',') {
      return false;
    }
    at += 2;
    skipSpace();
    return true;
  }

  // Behind an id come the payload's name and more, so only what is not right ends in its words.
  private boolean skipUserId() {
    byte[] bytes = message;
    int lastWord = bytes.length - 2 * Long.BYTES;
    int from = at + 1;
    if (from > lastWord || bytes[at] != '"') {
      return false;
    }
    long hash = 0;
    int next = from;
    long word = JsonScanner.word(bytes, next);
    long special = JsonScanner.special(word);
    while (special == 0) {
      hash = UserIdFilter.hash(hash, word);
      next += Long.BYTES;
      if (next > lastWord) {
        return false;
      }
      word = JsonScanner.word(bytes, next);
      special = JsonScanner.special(word);
    }
    int bits = Long.numberOfTrailingZeros(special) & -Byte.SIZE; // those of the id
    hash = UserIdFilter.hash(hash, word & ((1L << bits) - 1));
    next += bits / Byte.SIZE;
    if (bytes[next] != '"') {
      return false;
    }
    at = next + 1;
    if (filter.mayContain((int) hash) && next > from) { // an empty id is nobody's
      userIds = userIds.isEmpty() ? new ArrayList<>() : userIds;
      userIds.add(new String(bytes, from, next - from, StandardCharsets.ISO_8859_1));
    }
    return true;
  }
}
