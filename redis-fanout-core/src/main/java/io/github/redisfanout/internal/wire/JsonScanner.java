package io.github.redisfanout.internal.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Steps over JSON as nearly all of it is, and gives up on the rest.
 *
 * <p>What it steps over is right by every rule of the wire format, its UTF-8 included, and was
 * looked at once. What it gives up on may be right or wrong: then Jackson says which. So there is
 * no error here, and nothing is accepted that Jackson would refuse. Confined to one thread.
 */
class JsonScanner {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGHEST_BITS = 0x8080_8080_8080_8080L;

  /** Deeper than this it gives up: it calls itself once for each level. */
  private static final int MAX_LEVELS = 64;

  private final byte[] json;
  private final int maxLevels;
  private int at;

  JsonScanner(byte[] json, int maxDepth) {
    this.json = json;
    maxLevels = Math.min(maxDepth, MAX_LEVELS);
  }

  /** Where it stands: the index of the next byte. */
  int at() {
    return at;
  }

  /** Whether nothing follows but white space. */
  boolean isAtEnd() {
    skipWhiteSpace();
    return at == json.length;
  }

  final void skipWhiteSpace() {
    while (at < json.length && isWhiteSpace(json[at])) {
      at++;
    }
  }

  private static boolean isWhiteSpace(byte b) {
    return b <= ' ' && (b == ' ' || b == '\n' || b == '\r' || b == '\t');
  }

  /** Steps over this byte if it comes next, perhaps behind white space. */
  final boolean skip(char expected) {
    if (at < json.length && json[at] == expected) { // nearly always there is no white space
      at++;
      return true;
    }
    skipWhiteSpace();
    boolean isThere = at < json.length && json[at] == expected;
    at += isThere ? 1 : 0;
    return isThere;
  }

  /** Steps over exactly these bytes if they come next. */
  final boolean skip(byte[] expected) {
    int end = at + expected.length;
    if (end > json.length || !Arrays.equals(expected, 0, expected.length, json, at, end)) {
      return false;
    }
    at = end;
    return true;
  }

  /**
   * Steps over one value that begins here; false is giving up, and then it stands anywhere.
   *
   * @param level how many arrays and objects are open round it
   */
  boolean skipValue(int level) {
    if (at == json.length) {
      return false;
    }
    return switch (json[at]) {
      case '"' -> skipString(true);
      case '{' -> level < maxLevels && skipObject(level + 1);
      case '[' -> level < maxLevels && skipArray(level + 1);
      case 't' -> skipWord("true");
      case 'f' -> skipWord("false");
      case 'n' -> skipWord("null");
      default -> skipNumber();
    };
  }

  /** Steps over a field's name and the colon, to where its value begins. */
  private boolean skipName() {
    skipWhiteSpace();
    if (!skipString(false) || !skip(':')) {
      return false;
    }
    skipWhiteSpace();
    return true;
  }

  private boolean skipObject(int level) {
    skip('{');
    if (skip('}')) {
      return true;
    }
    do {
      if (!skipName() || !skipValue(level)) {
        return false;
      }
    } while (skip(','));
    return skip('}');
  }

  private boolean skipArray(int level) {
    skip('[');
    if (skip(']')) {
      return true;
    }
    do {
      skipWhiteSpace();
      if (!skipValue(level)) {
        return false;
      }
    } while (skip(','));
    return skip(']');
  }

  final boolean skipWord(String word) {
    if (json.length - at < word.length()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (json[at + i] != word.charAt(i)) {
        return false;
      }
    }
    at += word.length();
    return true;
  }

  // ---- numbers

  private boolean skipNumber() {
    skipOne('-', '-');
    if (!skipOne('0', '0') && !skipDigits()) {
      return false;
    }
    if (skipOne('.', '.') && !skipDigits()) {
      return false;
    }
    if (skipOne('e', 'E')) {
      skipOne('+', '-');
      return skipDigits();
    }
    return true;
  }

  private boolean skipOne(char one, char orOther) {
    boolean isThere = at < json.length && (json[at] == one || json[at] == orOther);
    at += isThere ? 1 : 0;
    return isThere;
  }

  private boolean skipDigits() {
    int from = at;
    while (at < json.length && json[at] >= '0' && json[at] <= '9') {
      at++;
    }
    return at > from;
  }

  // ---- strings

  /** Steps over a string that begins here, with its quotes. */
  boolean skipString(boolean mayHaveEscapes) {
    if (at == json.length || json[at] != '"') {
      return false;
    }
    at++;
    while (true) {
      skipPlainText();
      if (at == json.length) {
        return false;
      }
      byte b = json[at];
      if (b == '"') {
        at++;
        return true;
      }
      boolean isRight = b == '\\' ? mayHaveEscapes && skipEscape() : skipCharacter(b);
      if (!isRight) {
        return false;
      }
    }
  }

  /** Over ASCII that means nothing in a string, eight bytes at a time. */
  private void skipPlainText() {
    byte[] bytes = json;
    int next = at;
    while (next <= bytes.length - Long.BYTES) {
      long found = special((long) LONGS.get(bytes, next));
      if (found != 0) {
        next += Long.numberOfTrailingZeros(found) / Byte.SIZE;
        break;
      }
      next += Long.BYTES;
    }
    at = next;
  }

  /**
   * Steps over a string that begins here and is ASCII without escapes, and gives the {@link
   * NameFilter#hash} of its content as a long that is not negative. Negative: it is no such string,
   * or is at the very end of the message; then nothing was stepped over.
   */
  final long skipAsciiString() {
    byte[] bytes = json;
    int next = at + 1;
    if (next > bytes.length - Long.BYTES || bytes[at] != '"') {
      return -1;
    }
    long hash = 0;
    long word = (long) LONGS.get(bytes, next);
    long special = special(word);
    while (special == 0) {
      hash = NameFilter.hash(hash, word);
      next += Long.BYTES;
      if (next > bytes.length - Long.BYTES) {
        return -1;
      }
      word = (long) LONGS.get(bytes, next);
      special = special(word);
    }
    int bits = Long.numberOfTrailingZeros(special) & -Byte.SIZE; // those of the string
    next += bits / Byte.SIZE;
    if (bytes[next] != '"') {
      return -1;
    }
    at = next + 1;
    return NameFilter.hash(hash, word & ((1L << bits) - 1)) & 0xFFFF_FFFFL;
  }

  /** The lowest bit set stands for the first byte that is not plain text; 0: all are. */
  private static long special(long word) {
    // A borrow can make bytes behind the first special one look special, but not before it.
    return (word // not ASCII
            | (word - 0x20 * ONES) // a control character
            | ((word ^ '"' * ONES) - ONES)
            | ((word ^ '\\' * ONES) - ONES))
        & HIGHEST_BITS;
  }

  private boolean skipEscape() {
    if (at + 1 == json.length) {
      return false;
    }
    byte escaped = json[at + 1];
    at += 2;
    return escaped == 'u' ? skipHexDigits() : "\"\\/bfnrt".indexOf(escaped) >= 0;
  }

  private boolean skipHexDigits() {
    int end = at + 4;
    while (at < end && at < json.length && Character.digit(json[at], 16) >= 0) {
      at++;
    }
    return at == end;
  }

  /** One character that is not a quote and no escape; UTF-8 as in Unicode's table 3-7. */
  private boolean skipCharacter(byte first) {
    if (first >= ' ') {
      at++;
      return true;
    }
    int lead = first & 0xFF;
    if (lead >= 0xC2 && lead <= 0xDF) {
      return skipFollowers(1, 0x80, 0xBF);
    }
    return switch (lead) {
      case 0xE0 -> skipFollowers(2, 0xA0, 0xBF);
      case 0xED -> skipFollowers(2, 0x80, 0x9F);
      case 0xF0 -> skipFollowers(3, 0x90, 0xBF);
      case 0xF1, 0xF2, 0xF3 -> skipFollowers(3, 0x80, 0xBF);
      case 0xF4 -> skipFollowers(3, 0x80, 0x8F);
      default -> lead > 0xE0 && lead < 0xF0 && skipFollowers(2, 0x80, 0xBF);
    };
  }

  private boolean skipFollowers(int count, int lowest, int highest) {
    if (json.length - at <= count) {
      return false;
    }
    int next = json[at + 1] & 0xFF;
    if (next < lowest || next > highest) {
      return false;
    }
    for (int i = 2; i <= count; i++) {
      if ((json[at + i] & 0xC0) != 0x80) {
        return false;
      }
    }
    at += count + 1;
    return true;
  }
}
