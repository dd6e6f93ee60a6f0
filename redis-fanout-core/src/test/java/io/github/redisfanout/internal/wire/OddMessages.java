package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** How the messages of each {@link MessageKind} are made. */
final class OddMessages {
  private static final Pattern TOKEN =
      Pattern.compile("\"(?:[^\"\\\\]++|\\\\.)*+\"|[{}\\[\\]:,]|[^\\s{}\\[\\]:,\"]+|\\s+");

  /** Each is JSON. */
  private static final String[] NO_ARRAYS = words("null true 1 1e2 \"\" \"a\" {} {\"1\":\"a\"}");

  private static final String[] NO_IDS =
      words(
          """
          [null] [true] [[]] [["a"]] [{}] [{"a":[]}] ["a",{"a":1}] [1.0,"a"] [1e2] [-0.0] [1E0,0]
          [0,false,"a"] [{"target_user_ids":["a"]}] [""] ["","a",""] ["\\ud800","a"] [1e15,7,7.0]
          """);

  /** Stray and missing tails, overlong forms, surrogates, above U+10FFFF, and no lead bytes. */
  private static final String[] BAD_UTF_8 =
      words(
          """
          80 BF C3 C328 C3C3A9 E282 E28228 E280E280A8 F09F98 F09F9828 FE FF C080 C1BF E08080 E09FBF
          F0808080 F08FBFBF EDA080 EDBFBF EDA0BDEDB880 F4908080 F5808080 F888808080 FC8480808080
          """);

  private static final String[] NUMBERS =
      words(
          """
          0 -0 7 -1 9007199254740993 18446744073709551616 1.0 -0.0 1.50 1e2 1E+2 1e-2 0e0 -0e-0
          1.7976931348623157e309 5e-400
          """);

  private static final String[] NO_NUMBERS =
      words(
          """
          NaN Infinity -Infinity -NaN +1 01 -01 00 1. .1 -.1 1e 1e+ 1.e1 0x10 1_000 1f 1L --1 - 0.0.0
          1e1.5 ٣ １ 1,5
          """);

  /** None is a JSON value, nor becomes one by what may stand round a value. */
  private static final String[] ALMOST_VALUES =
      words(
          """
          'a' a True None nul nullx TRUE undefined "a a" "a""b" [1,] [,1] [1,,2] [1;2] [ ] {"a":1,}
          {a:1} {'a':1} {"a"} {"a":} {"a"1} {"a":1"b":2} {1:1} {,} {"a"=1} {"a":1] [1} "\\q" "\\u12g4"
          "\\u12" "\\x41" "\\U0041" "\\'" "\\" 1/**/ /*a*/1 1#a (1) `a` "a"+"b" 1:2 "a":1:2
          """);

  private OddMessages() {}

  private static String[] words(String text) {
    return text.strip().split("\\s+");
  }

  // ---- delivered

  /** Also some that are almost the names of our fields. */
  static byte[] escapedNames(MessageMaker make) {
    List<String> fields = new ArrayList<>();
    fields.add(make.quoted("target_user_ids") + ":" + make.ids());
    fields.add(make.quoted("payload") + ":" + make.json.value(2));
    fields.add(
        make.quoted(make.json.pick("Payload", "payload ", "payload\0", "p\u0430yload")) + ":1");
    fields.add(make.quoted(make.json.pick("target_user_id", "TARGET_USER_IDS")) + ":[\"a\"]");
    Collections.shuffle(fields, make.random);
    return make.object(fields).getBytes(UTF_8);
  }

  static byte[] utf8Edges(MessageMaker make) {
    String edges = "\u007f\u0080\u07ff\u0800\ud7ff\ue000\ufeff\ufffe\uffff\ud800\udc00\udbff\udfff";
    int[] characters = edges.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int length = 1 + make.random.nextInt(8); length > 0; length--) {
      text.appendCodePoint(characters[make.random.nextInt(characters.length)]);
    }
    String string = "\"" + text + "\"";
    return make.message("[" + make.id() + "," + string + "]", "{" + string + ":" + string + "}")
        .getBytes(UTF_8);
  }

  static byte[] undeliverableIds(MessageMaker make) {
    return make.message(make.json.pick(NO_IDS), make.json.value(2)).getBytes(UTF_8);
  }

  // ---- refused

  static byte[] noArrayOfIds(MessageMaker make) {
    return make.message(make.json.pick(NO_ARRAYS), make.json.value(2)).getBytes(UTF_8);
  }

  static byte[] notAnObject(MessageMaker make) {
    return make.oneOf(
        () -> "[" + make.right() + "]",
        () -> make.quoted(make.right()),
        () -> "[" + make.json.value(2) + "]",
        () -> make.json.pick("null", "true", "false", "\"\"", "[]", "-0", "1e5"));
  }

  static byte[] otherEncoding(MessageMaker make) {
    String charset =
        make.json.pick("UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE", "UTF-8", "Latin-1");
    return switch (charset) {
      case "Latin-1" -> make.message("[\"a\"]", "\"é \"").getBytes(ISO_8859_1);
      case "UTF-8" -> ("\ufeff" + make.right()).getBytes(UTF_8);
      default -> (make.json.pick("", "\ufeff") + make.right()).getBytes(Charset.forName(charset));
    };
  }

  static byte[] invalidUtf8(MessageMaker make) {
    String marked =
        new String(
            make.oneOf(
                () -> make.message("[\"a@\"]", "1"),
                () -> make.message("[\"a\"]", "\"@\""),
                () -> make.message("[\"a\"]", "{\"@a\":1}"),
                () -> make.message("[\"a\"]", "1", "v", "\"@\""),
                () -> make.right() + "@",
                () -> "@" + make.right()),
            UTF_8);
    int at = marked.lastIndexOf('@');
    return joined(
        marked.substring(0, at).getBytes(UTF_8),
        HexFormat.of().parseHex(make.json.pick(BAD_UTF_8)),
        marked.substring(at + 1).getBytes(UTF_8));
  }

  static byte[] trailingText(MessageMaker make) {
    return make.oneOf(
        () -> make.right() + make.right(),
        () -> make.right() + make.json.pick(",", "\u001e", ";") + make.right(),
        () ->
            make.right()
                + make.json.pick("{}", "[]", "\"\"", "0", "null", "}", "]", ",", ":", "\""),
        () ->
            make.right() + make.json.pick("\0", "\u001a", "\u00a0", "\ufeff", "x", "//", "#", ";"));
  }

  static byte[] almostJson(MessageMaker make) {
    String bad = make.json.pick(ALMOST_VALUES);
    String ids = make.ids();
    return make.oneOf(
        () -> make.message("[" + bad + "x]", "1"),
        () -> make.message(ids, bad),
        () -> make.message(ids, "[" + bad + "]x"),
        () -> make.message(ids, "1", "v", bad),
        () -> make.message(ids, "").replaceFirst("\\{", "{,"),
        () -> make.message(ids, ""),
        () -> make.message(ids, "1").replaceFirst("}\\s*$", ",}"),
        () -> make.message(ids, "1").replaceFirst("}\\s*$", "]"),
        () -> make.json.pick("\f", "/*a*/", "//\n", "#\n", "\u00a0", "(") + make.right());
  }

  static byte[] garbage(MessageMaker make) {
    byte[] garbage = new byte[8 + make.random.nextInt(40)];
    make.random.nextBytes(garbage);
    return garbage;
  }

  // ---- delivered or refused

  static byte[] duplicateFields(MessageMaker make) {
    List<String> fields = new ArrayList<>();
    for (int count = 2 + make.random.nextInt(3); count > 0; count--) {
      String ids = make.oneIn(3) ? make.json.pick(make.oneIn(2) ? NO_IDS : NO_ARRAYS) : make.ids();
      String payload = make.oneIn(12) ? make.json.pick(ALMOST_VALUES) : make.json.value(1);
      fields.add(make.field("target_user_ids", ids));
      fields.add(make.field("payload", payload));
    }
    Collections.shuffle(fields, make.random);
    return make.object(fields).getBytes(UTF_8);
  }

  static byte[] surrogates(MessageMaker make) {
    StringBuilder text = new StringBuilder("\"");
    for (int length = 1 + make.random.nextInt(3); length > 0; length--) {
      text.append(
          make.json.pick(
              "\\ud83d\\ude00", "\\uD83D\\uDE00", "😀", "\\ud83d", "\\ude00", "a", "\\\\"));
    }
    text.append('"');
    return make.oneOf(
        () -> make.message("[" + make.id() + "," + text + "]", "1"),
        () -> make.message(make.ids(), text.toString()),
        () -> make.message(make.ids(), "{" + text + ":1}"),
        () -> make.message(make.ids(), "1", "v", text.toString()),
        () -> make.message(make.ids(), "1", "v", "{" + text + ":1}"),
        () -> make.object(List.of(text + ":1", make.field("target_user_ids", make.ids()))),
        () -> make.message("[" + text + "]", "1", "target_user_ids", make.ids()));
  }

  static byte[] numbers(MessageMaker make) {
    String number = make.json.pick(make.oneIn(3) ? NO_NUMBERS : NUMBERS);
    return make.oneOf(
        () -> make.message("[" + number + "," + make.id() + "]", "1"),
        () -> make.message(make.ids(), number),
        () -> make.message(make.ids(), "[" + number + "]"),
        () -> make.message(make.ids(), "1", "v", number),
        () -> make.message("[" + number + "]", "1", "target_user_ids", make.ids()));
  }

  static byte[] hugeNumbers(MessageMaker make) {
    String digits = "1" + "07".repeat(500 + make.random.nextInt(2_000));
    String prefix = make.json.pick("", "", "", "-", "0.", "1e", "1e-", "0", "+");
    String suffix = make.json.pick("", "", "", "", ".5", "e9", ".", "e", "x");
    String number = prefix + digits + suffix;
    return make.oneOf(
        () -> make.message("[" + number + ",\"a\"]", "1"), () -> make.message(make.ids(), number));
  }

  static byte[] controlCharacters(MessageMaker make) {
    String control =
        switch (make.random.nextInt(3)) {
          case 0 -> make.json.pick("\t", "\n", "\r");
          case 1 -> make.json.pick("\u007f", "\u0085", "\u2028", "\u200b");
          default -> Character.toString(make.random.nextInt(' '));
        };
    StringBuilder message = new StringBuilder(make.right());
    message.insert(make.random.nextInt(message.length() + 1), control);
    return message.toString().getBytes(UTF_8);
  }

  static byte[] depth(MessageMaker make) {
    int levels = make.maxDepth - 2 + make.random.nextInt(3) + (make.oneIn(20) ? 200 : 0);
    String deep = make.nested(levels); // one level less than the message, which is one, too
    String deepId = "[" + make.nested(levels - 1) + "]";
    return make.oneOf(
        () -> make.message(make.ids(), deep),
        () -> make.message(make.ids(), "1", "v", deep),
        () -> make.message(deepId, "1"),
        () -> make.message(deepId, "1", "target_user_ids", make.ids()),
        () -> make.message(make.ids(), deep, "payload", "1"));
  }

  /** One byte under, at, and one byte over the limit. */
  static byte[] size(MessageMaker make) {
    String message = make.message(make.ids(), "\"@\"", "v", "\"#\"");
    String place = make.json.pick("\"@\"", "\"#\"", "}");
    String padding = place.equals("}") ? " " : make.json.pick("é", "用", "😀", "a", "\\n");
    int bytes = make.maxMessageBytes - 1 + make.random.nextInt(3);
    int missing = Math.max(0, bytes - message.getBytes(UTF_8).length);
    int length = padding.getBytes(UTF_8).length;
    String filling = padding.repeat(missing / length) + "b".repeat(missing % length);
    int at = message.lastIndexOf(place) + 1;
    return (message.substring(0, at) + filling + message.substring(at)).getBytes(UTF_8);
  }

  static byte[] mutatedBytes(MessageMaker make) {
    byte[] bytes = make.right().getBytes(UTF_8);
    Random random = make.random;
    for (int faults = 1 + random.nextInt(3); faults > 0; faults--) {
      int from = random.nextInt(bytes.length + 1);
      int to = Math.min(bytes.length, from + random.nextInt(3));
      byte[] between = new byte[random.nextInt(3)];
      random.nextBytes(between);
      if (random.nextBoolean()) {
        between =
            make.json.pick("\"", "\\", "{", "}", "[", ",", ":", " ", "1", "e").getBytes(UTF_8);
      }
      bytes =
          joined(Arrays.copyOf(bytes, from), between, Arrays.copyOfRange(bytes, to, bytes.length));
    }
    return bytes;
  }

  static byte[] splicedTokens(MessageMaker make) {
    List<String> tokens = tokens(make.right());
    List<String> others = tokens(make.right());
    for (int faults = 1 + make.random.nextInt(2); faults > 0; faults--) {
      int at = make.random.nextInt(tokens.size());
      switch (make.random.nextInt(4)) {
        case 0 -> tokens.set(at, "");
        case 1 -> tokens.add(at, tokens.get(at));
        case 2 -> Collections.swap(tokens, at, make.random.nextInt(tokens.size()));
        default -> tokens.set(at, others.get(make.random.nextInt(others.size())));
      }
    }
    return String.join("", tokens).getBytes(UTF_8);
  }

  private static List<String> tokens(String json) {
    return new ArrayList<>(TOKEN.matcher(json).results().map(MatchResult::group).toList());
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
