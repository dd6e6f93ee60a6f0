package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages in the wrong encoding; see {@link MalformedMessageTest}. */
class MalformedEncodingTest {
  private static final String SECRET = "SECRET";
  private static final String NOT_JSON = "not JSON: at byte ";
  private static final String NOT_UTF_8 = "it is not valid UTF-8: at byte ";
  private static final String NUL = "it has a NUL byte, so it is not JSON in UTF-8";
  private static final String BOM = "it begins with a byte order mark";

  /** Everything that a message may have; it stays right whatever is put in place of the marker. */
  private static final String RICH =
      "{\"a\":\"@\",\"@\":[{\"@\":\"@\"},-1.5e3],\"target_user_ids\":[\"@\",7,\"\\ud83d\\ude00é\"],"
          + "\"b\":{\"c\":[\"@\"]},\"payload\":{\"@\":[\"@é😀\",null,true,false,{}]},\"d\":\"@\"}";

  private final EnvelopeCodec codec = new EnvelopeCodec(1 << 20, false);

  static Stream<Arguments> invalidUtf8() {
    List<String> bad =
        List.of(
            "ED A0 80", // a surrogate
            "ED B0 80",
            "ED A0 BD ED B8 80", // a pair of them
            "C0 80", // overlong
            "C1 BF",
            "E0 80 80",
            "F0 80 80 80",
            "80", // a continuation of nothing
            "C3", // cut off
            "E2 82",
            "F0 9F 98",
            "C3 28",
            "F4 90 80 80", // beyond U+10FFFF
            "F5 80 80 80",
            "FE",
            "FF");
    return bad.stream()
        .flatMap(
            hex ->
                IntStream.range(0, RICH.length())
                    .filter(at -> RICH.charAt(at) == '@')
                    .mapToObj(at -> arguments(hex, at)));
  }

  @ParameterizedTest
  @MethodSource("invalidUtf8")
  void invalidUtf8IsRefusedWhereverItIs(String hex, int at) {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    byte[] before = rich(RICH.substring(0, at));
    message.writeBytes(before);
    for (String octet : hex.split(" ")) {
      message.write(Integer.parseInt(octet, 16));
    }
    message.writeBytes(rich(RICH.substring(at + 1)));

    assertThat(ruleBrokenBy(message.toByteArray())).isEqualTo(NOT_UTF_8 + before.length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
  void otherEncodingsAreRefusedWithAndWithoutByteOrderMark(String charset) {
    byte[] plain = richMessage().getBytes(Charset.forName(charset));
    byte[] marked = ("\ufeff" + richMessage()).getBytes(Charset.forName(charset));

    assertThat(ruleBrokenBy(plain)).isEqualTo(NUL);
    assertThat(ruleBrokenBy(marked)).isEqualTo(NUL);
  }

  @Test
  void latin1IsRefused() {
    assertThat(ruleBrokenBy("{\"payload\":\"é SECRET\"}".getBytes(ISO_8859_1)))
        .isEqualTo(NOT_UTF_8 + 12);
  }

  @Test
  void byteOrderMarkIsRefusedAtTheBeginningAndAllowedInText() throws Exception {
    assertThat(ruleBrokenBy("\ufeff" + richMessage())).isEqualTo(BOM);
    assertThat(ruleBrokenBy(" \ufeff" + richMessage())).startsWith(NOT_JSON);

    String inText = "{\"payload\":\"\ufeff\"}";
    assertThat(codec.decode(inText.getBytes(UTF_8)).payload()).isEqualTo("\"\ufeff\"");
  }

  @Test
  void nulByteIsRefusedWhereverItIs() {
    for (int i = 0; i <= richMessage().length(); i++) {
      String message = richMessage().substring(0, i) + "\0" + richMessage().substring(i);
      assertThat(ruleBrokenBy(message)).as("at %s", i).isEqualTo(NUL);
    }
  }

  private static String richMessage() {
    return RICH.replace("@", SECRET);
  }

  private static byte[] rich(String part) {
    return part.replace("@", SECRET).getBytes(UTF_8);
  }

  private String ruleBrokenBy(String message) {
    return ruleBrokenBy(message.getBytes(UTF_8));
  }

  private String ruleBrokenBy(byte[] message) {
    MalformedMessageException refusal =
        catchThrowableOfType(MalformedMessageException.class, () -> codec.decode(message));
    assertThat(refusal).as("not refused").isNotNull();
    assertThat(refusal).hasNoCause().message().doesNotContainIgnoringCase(SECRET);
    return refusal.getMessage();
  }
}
