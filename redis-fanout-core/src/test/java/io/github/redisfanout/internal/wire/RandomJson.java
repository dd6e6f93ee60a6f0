package io.github.redisfanout.internal.wire;

import java.util.Random;

/** Generated JSON texts, as odd as the grammar and the wire format allow. */
final class RandomJson {
  private static final String[] NUMBERS = {
    "0",
    "-0",
    "1",
    "-17",
    "0.0",
    "1.10",
    "1e5",
    "1E-05",
    "-12.5e+300",
    "123456789012345678901234567890"
  };
  private static final String[] ESCAPES = {
    "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0000", "\\u00e9", "\\uD83D\\uDE00"
  };
  private static final String[] RAW = {
    "a", "Z", " ", "/", "'", "{", "}", "[", "]", ":", ",", "é", "用", "\u2028", "\u007f", "\ufeff",
    "😀"
  };
  private static final String[] NAMES = {
    "payload", "target_user_ids", "p\\u0061yload", "target_user_id", "", "a"
  };

  private final Random random;

  RandomJson(Random random) {
    this.random = random;
  }

  /** One JSON value with white space round it, usually at most {@code depth} levels deep. */
  String value(int depth) {
    return space() + bare(depth) + space();
  }

  private String bare(int depth) {
    int kind = random.nextInt(depth > 0 ? 8 : 4);
    return switch (kind) {
      case 0 -> pick("null", "true", "false");
      case 1 -> pick(NUMBERS);
      case 2, 3 -> string(true);
      case 4, 5 -> array(depth);
      default -> object(depth);
    };
  }

  private String array(int depth) {
    StringBuilder json = new StringBuilder("[");
    int size = random.nextInt(4);
    for (int i = 0; i < size; i++) {
      json.append(i == 0 ? "" : ",").append(value(depth - 1));
    }
    return json.append(size == 0 ? space() : "").append(']').toString();
  }

  private String object(int depth) {
    StringBuilder json = new StringBuilder("{");
    int size = random.nextInt(4);
    for (int i = 0; i < size; i++) {
      String name = random.nextInt(3) == 0 ? '"' + pick(NAMES) + '"' : string(false);
      json.append(i == 0 ? "" : ",").append(space()).append(name).append(space()).append(':');
      json.append(value(depth - 1));
    }
    return json.append(size == 0 ? space() : "").append('}').toString();
  }

  private String string(boolean mayBeUnpaired) {
    StringBuilder json = new StringBuilder("\"");
    for (int length = random.nextInt(12); length > 0; length--) {
      int kind = random.nextInt(40);
      json.append(kind == 0 && mayBeUnpaired ? "\\ud800" : kind < 10 ? pick(ESCAPES) : pick(RAW));
    }
    return json.append('"').toString();
  }

  String space() {
    StringBuilder space = new StringBuilder();
    while (random.nextInt(4) == 0) {
      space.append(pick(" ", "\t", "\r", "\n"));
    }
    return space.toString();
  }

  /** Text that is not empty and has a UTF-8 form; now and then a long one. */
  String userId() {
    StringBuilder id = new StringBuilder();
    int length = random.nextInt(50) == 0 ? 1 + random.nextInt(100) : 1 + random.nextInt(10);
    while (id.length() < length) {
      int codePoint =
          switch (random.nextInt(4)) {
            case 0 -> random.nextInt(0x80);
            case 1 -> random.nextInt(0x800);
            case 2 -> random.nextInt(0x10000);
            default -> random.nextInt(0x110000);
          };
      if (codePoint < 0xD800 || codePoint > 0xDFFF) {
        id.appendCodePoint(codePoint);
      }
    }
    return id.toString();
  }

  String pick(String... texts) {
    return texts[random.nextInt(texts.length)];
  }
}
