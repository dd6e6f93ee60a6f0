package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * JSON as {@code docs/wire-format.md}, RFC 8259 and the Unicode standard's table of well-formed
 * UTF-8 have it. It shares nothing with the codec.
 */
final class StrictJson {
  private static final int END = -1;

  /** Unicode, table 3-7: well-formed UTF-8 byte sequences, the least and the greatest of each. */
  private static final int[][] UTF_8_SEQUENCES = {
    {0x00, 0x7F},
    {0xC2, 0xDF, 0x80, 0xBF},
    {0xE0, 0xE0, 0xA0, 0xBF, 0x80, 0xBF},
    {0xE1, 0xEC, 0x80, 0xBF, 0x80, 0xBF},
    {0xED, 0xED, 0x80, 0x9F, 0x80, 0xBF},
    {0xEE, 0xEF, 0x80, 0xBF, 0x80, 0xBF},
    {0xF0, 0xF0, 0x90, 0xBF, 0x80, 0xBF, 0x80, 0xBF},
    {0xF1, 0xF3, 0x80, 0xBF, 0x80, 0xBF, 0x80, 0xBF},
    {0xF4, 0xF4, 0x80, 0x8F, 0x80, 0xBF, 0x80, 0xBF},
  };

  private final byte[] text;
  private final int maxDepth;
  private int at;

  private StrictJson(byte[] text, int maxDepth) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  /**
   * A value: its own text, and what it is.
   *
   * @param is a {@code Map} of the last value of each name, a {@code List}, a {@code String}, a
   *     {@link Word} for a number, or null, true or false
   */
  record Value(String text, Object is) {}

  /** A number, {@code null}, {@code true} or {@code false}, as it is written. */
  record Word(String text) {}

  private static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Malformed() {
      super(null, null, false, false);
    }
  }

  /** The one value that this is, white space round it aside; empty if it is none. */
  static Optional<Value> value(byte[] json, int maxDepth) {
    StrictJson reader = new StrictJson(json, maxDepth);
    return reader.only(() -> reader.value(0));
  }

  /** The last value of each of its names, if this is one object; empty if it is none. */
  static Optional<Map<String, Value>> object(byte[] json, int maxDepth) {
    StrictJson reader = new StrictJson(json, maxDepth);
    return reader.only(() -> reader.members(1));
  }

  private <T> Optional<T> only(Supplier<T> what) {
    try {
      checkUtf8();
      space();
      T found = what.get();
      space();
      take(END);
      return Optional.of(found);
    } catch (Malformed e) {
      return Optional.empty();
    }
  }

  // ---- the grammar of RFC 8259

  /** One value inside {@code depth} arrays and objects. */
  private Value value(int depth) {
    int from = at;
    int first = peek();
    check(depth < maxDepth || (first != '{' && first != '['));
    Object is =
        switch (first) {
          case '{' -> {
            Map<String, Object> members = new LinkedHashMap<>();
            members(depth + 1).forEach((name, value) -> members.put(name, value.is));
            yield members;
          }
          case '[' -> elements(depth + 1);
          case '"' -> string();
          default -> word(first);
        };
    return new Value(new String(text, from, at - from, UTF_8), is);
  }

  private Word word(int first) {
    int from = at;
    switch (first) {
      case 't' -> "true".chars().forEach(this::take);
      case 'f' -> "false".chars().forEach(this::take);
      case 'n' -> "null".chars().forEach(this::take);
      default -> number();
    }
    return new Word(new String(text, from, at - from, UTF_8));
  }

  private Map<String, Value> members(int depth) {
    Map<String, Value> members = new LinkedHashMap<>();
    list('{', '}', () -> members.put(name(), value(depth)));
    return members;
  }

  private List<Object> elements(int depth) {
    List<Object> elements = new ArrayList<>();
    list('[', ']', () -> elements.add(value(depth).is));
    return elements;
  }

  private void list(char open, char close, Runnable element) {
    take(open);
    space();
    if (!skip(close)) {
      do {
        space();
        element.run();
        space();
      } while (skip(','));
      take(close);
    }
  }

  /** A member's name, and the colon. */
  private String name() {
    String name = string();
    check(!hasUnpairedSurrogate(name)); // our rule, not JSON's
    space();
    take(':');
    space();
    return name;
  }

  private String string() {
    StringBuilder string = new StringBuilder();
    take('"');
    while (!skip('"')) {
      int from = at;
      check(peek() >= ' '); // neither a control character nor the end
      if (skip('\\')) {
        string.append(escaped());
      } else if (peek() < 0x80) {
        string.append((char) peek());
        at++;
      } else {
        at += utf8SequenceLength();
        string.append(new String(text, from, at - from, UTF_8));
      }
    }
    return string.toString();
  }

  private char escaped() {
    int plain = "\"\\/bfnrt".indexOf(peek());
    if (plain >= 0) {
      at++;
      return "\"\\/\b\f\n\r\t".charAt(plain);
    }
    take('u');
    int unit = 0;
    for (int end = at + 4; at < end; at++) {
      int digit = "0123456789abcdef0123456789ABCDEF".indexOf(peek());
      check(digit >= 0);
      unit = unit * 16 + digit % 16;
    }
    return (char) unit;
  }

  private void number() {
    skip('-');
    if (!skip('0')) {
      digits();
    }
    if (skip('.')) {
      digits();
    }
    if (skip('e') || skip('E')) {
      if (!skip('+')) {
        skip('-');
      }
      digits();
    }
  }

  private void digits() {
    int from = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    check(at > from);
  }

  private void space() {
    while (skip(' ') || skip('\t') || skip('\n') || skip('\r')) {}
  }

  // ---- bytes

  private void checkUtf8() {
    while (at < text.length) {
      at += utf8SequenceLength();
    }
    at = 0;
  }

  private int utf8SequenceLength() {
    for (int[] sequence : UTF_8_SEQUENCES) {
      int i = 0;
      while (i < sequence.length && peek(i / 2) >= sequence[i] && peek(i / 2) <= sequence[i + 1]) {
        i += 2;
      }
      if (i == sequence.length) {
        return i / 2;
      }
    }
    throw new Malformed();
  }

  private int peek() {
    return peek(0);
  }

  private int peek(int ahead) {
    return at + ahead < text.length ? text[at + ahead] & 0xFF : END;
  }

  private boolean skip(int expected) {
    boolean found = peek() == expected;
    at += found ? 1 : 0;
    return found;
  }

  private void take(int expected) {
    check(skip(expected));
  }

  private static void check(boolean rule) {
    if (!rule) {
      throw new Malformed();
    }
  }

  static boolean hasUnpairedSurrogate(String string) {
    return string.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF);
  }
}
