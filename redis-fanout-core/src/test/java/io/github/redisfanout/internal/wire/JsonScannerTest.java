package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Effort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What it steps over is right, whatever may follow; of the rest it says nothing. */
class JsonScannerTest {
  private static final int DEPTH = 64;

  private static boolean isValue(byte[] json) {
    return PlainReader.isValue(json, DEPTH);
  }

  private static boolean isValue(String json, int maxDepth) {
    return PlainReader.isValue(json.getBytes(UTF_8), maxDepth);
  }

  private static String nested(int levels, String open, String close) {
    return open.repeat(levels) + "0" + close.repeat(levels);
  }

  /** Whether a second opinion takes it, too. */
  private static boolean isRight(byte[] json) {
    return StrictReader.value(json, DEPTH).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-0",
        "7",
        "-120",
        "0.0",
        "-10.05",
        "1e0",
        "1E+09",
        "0e-1",
        "-1.5e300",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\"",
        "\"seven\u007f7 and more than a word\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00\"",
        "\"\\ud800\"",
        "\"é用😀\uffff\ufeff\"",
        "[]",
        "[ ]",
        "[1]",
        "[ 1 , [ ] , { } ]",
        "{}",
        "{ }",
        "{\"\":0}",
        " \t\r\n{ \"a\" : 1 ,\n\"a\" : [ true , \"b\" ] } \t\r\n"
      })
  void stepsOverWhatNearlyAllJsonIs(String json) {
    assertThat(isValue(json, DEPTH)).isTrue();
    assertThat(isRight(json.getBytes(UTF_8))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "01",
        "-",
        "-01",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x10",
        "--1",
        "1 2",
        "NaN",
        "Infinity",
        "tru",
        "truE",
        "true1",
        "nul",
        "falsch",
        "\"",
        "\"a",
        "\"12345678",
        "\"\\",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\u\"",
        "\"\\u123",
        "\"\n\"",
        "\"a\0\"",
        "\"a\" \"b\"",
        "'a'",
        "a",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,}",
        "{\"a\" 1}",
        "{\"a\",1}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1]",
        "}",
        "//\n1",
        "1//",
        "\f1",
        "\u00a01",
        "\ufeff1",
        "1\0"
      })
  void givesUpOnWhatIsNoJson(String json) {
    assertThat(isValue(json, DEPTH)).isFalse();
    assertThat(isRight(json.getBytes(UTF_8))).isFalse();
  }

  @Test
  void givesUpOnNamesWithEscapesWhichMayHoldAnUnpairedSurrogate() {
    assertThat(isValue("{\"\\u0061\":1}", DEPTH)).isFalse();
    assertThat(isValue("[{\"\\ud800\":1}]", DEPTH)).isFalse();
    assertThat(isValue("{\"a\":\"\\u0061\"}", DEPTH)).isTrue();
  }

  @Test
  void levelsAreCountedExactly() {
    for (int maxDepth = 0; maxDepth <= 66; maxDepth++) {
      for (int levels = 0; levels <= 67; levels++) {
        boolean fits = levels <= Math.min(maxDepth, 64);
        String as = levels + " levels of " + maxDepth;
        assertThat(isValue(nested(levels, "[", "]"), maxDepth)).as(as).isEqualTo(fits);
        assertThat(isValue(nested(levels, "{\"a\":", "}"), maxDepth)).as(as).isEqualTo(fits);
      }
    }
  }

  @Test
  void emptyArraysAndObjectsAndLaterElementsAreLevelsToo() {
    assertThat(isValue("[1,{\"a\":2,\"b\":[]}]", 3)).isTrue();
    assertThat(isValue("[1,{\"a\":2,\"b\":[]}]", 2)).isFalse();
    assertThat(isValue("[[],[]]", 2)).isTrue();
    assertThat(isValue("[[],{}]", 1)).isFalse();
    assertThat(isValue("[]", 0)).isFalse();
  }

  @Test
  void greaterDepthThanTheStackShouldBearIsGivenUp() {
    assertThat(isValue(nested(64, "[", "]"), 1_000_000)).isTrue();
    assertThat(isValue(nested(65, "[", "]"), 1_000_000)).isFalse();
    assertThat(isValue("[".repeat(1_000_000), 1_000_000)).isFalse();
  }

  @Test
  void everyByteAtEveryPlaceOfAWordIsSeen() {
    // The places before and behind make every alignment of eight bytes, and tails of fewer.
    for (int before = 0; before <= 17; before++) {
      for (int behind = 0; behind <= 17; behind++) {
        byte[] json = ("\"" + "x".repeat(before) + "_" + "y".repeat(behind) + "\"").getBytes(UTF_8);
        for (int value = 0; value < 256; value++) {
          json[before + 1] = (byte) value;
          boolean isPlain = value >= 0x20 && value < 0x80 && value != '"' && value != '\\';
          assertThat(isValue(json))
              .as("byte %s behind %s and before %s", value, before, behind)
              .isEqualTo(isPlain)
              .isEqualTo(isRight(json));
        }
      }
    }
  }

  @Test
  void twoSpecialBytesDoNotHideEachOther() {
    int[] special = {0x00, 0x1F, 0x20, 0x21, '"', '#', '[', '\\', ']', 0x7F, 0x80, 0xA0, 0xFF};
    byte[] json = ("\"" + "x".repeat(16) + "\"").getBytes(UTF_8);
    for (int one = 1; one <= 16; one++) {
      for (int other = 1; other <= 16; other += Math.min(5, Effort.step())) {
        for (int a : special) {
          for (int b : special) {
            byte[] changed = json.clone();
            changed[one] = (byte) a;
            changed[other] = (byte) b;
            assertThat(isValue(changed))
                .as("%s at %s and %s at %s", a, one, b, other)
                .isEqualTo(isRight(changed));
          }
        }
      }
    }
  }

  @Test
  void everyLeadByteWithFollowersAtTheBoundariesIsReadAsInTheUnicodeStandard() {
    int[] followers = {0x00, 0x22, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
    for (int lead = 0x80; lead <= 0xFF; lead++) {
      checkSequences(new byte[] {(byte) lead}, followers, Effort.step() == 1 ? 3 : 2);
    }
  }

  private static void checkSequences(byte[] sequence, int[] followers, int more) {
    for (String tail : List.of("\"", "x\"", "", "xxxxxxxx\"")) {
      byte[] json = ("\"" + new String(sequence, ISO_8859_1) + tail).getBytes(ISO_8859_1);
      assertThat(isValue(json))
          .as("%s before '%s'", HexFormat.of().formatHex(sequence), tail)
          .isEqualTo(isRight(json));
    }
    for (int follower : more > 0 ? followers : new int[0]) {
      byte[] longer = Arrays.copyOf(sequence, sequence.length + 1);
      longer[sequence.length] = (byte) follower;
      checkSequences(longer, followers, more - 1);
    }
  }

  @Test
  void everyCharacterOfUnicodeIsSteppedOver() {
    StringBuilder all = new StringBuilder("\"");
    for (int c = 0x20; c <= Character.MAX_CODE_POINT; c++) {
      if (c != '"' && c != '\\' && (c < 0xD800 || c > 0xDFFF)) {
        all.appendCodePoint(c);
      }
    }
    assertThat(isValue(all.append('"').toString(), DEPTH)).isTrue();
  }

  @Test
  void everyByteBehindABackslashIsAnEscapeOrNone() {
    for (int value = 0; value < 256; value++) {
      for (String tail : List.of("\"", "0041\"", "004\"", "00g1\"", "\\\"\"", "")) {
        byte[] json = ("\"\\_" + tail).getBytes(UTF_8);
        json[2] = (byte) value;
        assertThat(isValue(json)).as("%s before %s", value, tail).isEqualTo(isRight(json));
      }
    }
  }

  @Test
  void everyByteAsAHexadecimalDigitIsOneOrNone() {
    for (int at = 3; at < 7; at++) {
      for (int value = 0; value < 256; value++) {
        byte[] json = "\"\\u0000\"".getBytes(UTF_8);
        json[at] = (byte) value;
        assertThat(isValue(json)).as("%s at %s", value, at).isEqualTo(isRight(json));
      }
    }
  }

  @Test
  void generatedValuesAreSteppedOverUnlessANameHasAnEscape() {
    Random random = new Random(1);
    RandomJson values = new RandomJson(random);
    List<String> givenUp = new ArrayList<>();
    for (int i = 0; i < Effort.of(5_000); i++) {
      String json = values.value(5);
      if (!isValue(json, DEPTH)) {
        givenUp.add(json);
      }
    }

    assertThat(givenUp).hasSizeLessThan(2_500).allMatch(json -> json.contains("\\"));
  }

  @Test
  void placeIsBehindWhatWasSteppedOver() {
    JsonScanner scanner = new JsonScanner(" { \"a\" : [1] } ".getBytes(UTF_8), DEPTH);

    assertThat(scanner.skip('[')).isFalse();
    assertThat(scanner.at()).isEqualTo(1);
    assertThat(scanner.skip('{')).isTrue();
    assertThat(scanner.at()).isEqualTo(2);
    scanner.skipWhiteSpace();
    assertThat(scanner.skipString(false)).isTrue();
    assertThat(scanner.at()).isEqualTo(6);
    assertThat(scanner.skip(':')).isTrue();
    scanner.skipWhiteSpace();
    assertThat(scanner.skipValue(1)).isTrue();
    assertThat(scanner.at()).isEqualTo(12);
    assertThat(scanner.isAtEnd()).isFalse();
    assertThat(scanner.skip('}')).isTrue();
    assertThat(scanner.isAtEnd()).isTrue();
    assertThat(scanner.skip('}')).isFalse();
    assertThat(scanner.skipValue(0)).isFalse();
    assertThat(scanner.skipString(true)).isFalse();
  }

  @Test
  void stringOfAnyLengthIsSteppedOverOnce() {
    for (int length = 0; length < 100; length++) {
      String json = "\"" + "z".repeat(length) + "\",1";
      JsonScanner scanner = new JsonScanner(json.getBytes(UTF_8), DEPTH);

      assertThat(scanner.skipString(false)).isTrue();

      assertThat(scanner.at()).isEqualTo(length + 2);
    }
  }
}
