package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A second opinion on the wire format, written from {@code docs/wire-format.md}, RFC 8259 and the
 * Unicode standard's table of well-formed UTF-8. It shares nothing with the codec.
 */
public final class StrictReader {
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

  // What the last of each field says.
  private List<String> ids = new ArrayList<>();
  private boolean idsAreAnArray = true;
  private boolean hasIds;
  private int undeliverable;
  private String payload = "{}";

  private StrictReader(byte[] text, int maxDepth) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  /** Whom a message is for, how many others it names, and what they get. */
  public record Message(boolean hasIds, List<String> ids, int undeliverable, String payload) {
    Message(List<String> ids, String payload) {
      this(true, ids, 0, payload);
    }
  }

  private static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Malformed() {
      super(null, null, false, false);
    }
  }

  /** What a message says; empty if it is malformed. */
  public static Optional<Message> read(byte[] message, int maxMessageBytes, int maxDepth) {
    StrictReader reader = new StrictReader(message, maxDepth);
    return message.length <= maxMessageBytes && reader.holds(reader::message)
        ? Optional.of(new Message(reader.hasIds, reader.ids, reader.undeliverable, reader.payload))
        : Optional.empty();
  }

  /** The one JSON value that this is, without the white space round it; empty if it is none. */
  static Optional<String> value(byte[] json, int maxDepth) {
    StrictReader reader = new StrictReader(json, maxDepth);
    return reader.holds(() -> reader.payload = reader.valueText(0))
        ? Optional.of(reader.payload)
        : Optional.empty();
  }

  private boolean holds(Runnable what) {
    try {
      checkUtf8();
      space();
      what.run();
      space();
      take(END);
      return true;
    } catch (Malformed e) {
      return false;
    }
  }

  // ---- what the fields mean

  private void message() {
    list('{', '}', this::field);
    check(idsAreAnArray);
  }

  private void field() {
    String name = name();
    if (name.equals("target_user_ids")) {
      ids = new ArrayList<>();
      hasIds = true;
      undeliverable = 0;
      idsAreAnArray = peek() == '[';
      if (idsAreAnArray) {
        list('[', ']', this::id);
      } else {
        value(1);
      }
    } else {
      String value = valueText(1);
      payload = name.equals("payload") ? value : payload;
    }
  }

  private void id() {
    boolean isString = peek() == '"';
    String id = isString ? string() : valueText(2);
    boolean isRight =
        isString ? !id.isEmpty() && !hasUnpairedSurrogate(id) : id.matches("-?[0-9]+");
    if (isRight) {
      ids.add(!isString && id.equals("-0") ? "0" : id);
    } else {
      undeliverable++;
    }
  }

  private static boolean hasUnpairedSurrogate(String string) {
    return string.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF);
  }

  // ---- the grammar of RFC 8259

  private String valueText(int depth) {
    int from = at;
    value(depth);
    return new String(text, from, at - from, UTF_8);
  }

  /** One value inside {@code depth} arrays and objects. */
  private void value(int depth) {
    int first = peek();
    check(depth < maxDepth || (first != '{' && first != '['));
    switch (first) {
      case '{' -> list('{', '}', () -> member(depth + 1));
      case '[' -> list('[', ']', () -> value(depth + 1));
      case '"' -> string();
      case 't' -> "true".chars().forEach(this::take);
      case 'f' -> "false".chars().forEach(this::take);
      case 'n' -> "null".chars().forEach(this::take);
      default -> number();
    }
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

  private void member(int depth) {
    name();
    value(depth);
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
}
