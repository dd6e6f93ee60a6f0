package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every rule that makes a message malformed; what is told about it never has its content. */
class MalformedMessageTest {
  private static final String SECRET = "SECRET";
  private static final String NOT_JSON = "not JSON: at byte ";
  private static final String NOT_AN_OBJECT = "not a JSON object";
  private static final String NOT_AN_ARRAY = "target_user_ids is not an array";

  private final EnvelopeCodec codec = new EnvelopeCodec(1 << 20, false);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing at all is not JSON, but not an object either
        "[\"SECRET\"]",
        "\"SECRET\"",
        "42",
        "null",
        "true",
        "[{\"target_user_ids\":[\"SECRET\"],\"payload\":1}]"
      })
  void onlyAnObjectIsAMessage(String message) {
    assertThat(ruleBrokenBy(message)).isEqualTo(NOT_AN_OBJECT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SECRET",
        "{\"SECRET",
        "{SECRET:1}",
        "{'SECRET':1}",
        "{\"SECRET\"}",
        "{\"SECRET\":}",
        "{\"SECRET\" 1}",
        "{\"SECRET\":1,}",
        "{\"SECRET\":1,,\"payload\":1}",
        "{\"SECRET\":1;\"payload\":1}",
        "{,\"SECRET\":1}",
        "{\"payload\":SECRET}",
        "{\"payload\":\"SECRET}",
        "{\"payload\":'SECRET'}",
        "{\"payload\":\"SECRET\"\"x\":1}",
        "{\"payload\":[\"SECRET\",]}",
        "{\"payload\":[\"SECRET\" 1]}",
        "{\"payload\":[\"SECRET\"}",
        "{\"payload\":{\"SECRET\":1]}",
        "{\"payload\":NaN,\"x\":\"SECRET\"}",
        "{\"payload\":[\"SECRET\",NaN]}",
        "{\"payload\":Infinity,\"x\":\"SECRET\"}",
        "{\"payload\":-Infinity,\"x\":\"SECRET\"}",
        "{\"SECRET\":NaN,\"payload\":1}",
        "{\"target_user_ids\":[NaN],\"payload\":\"SECRET\"}",
        "{\"payload\":01,\"x\":\"SECRET\"}",
        "{\"payload\":+1,\"x\":\"SECRET\"}",
        "{\"payload\":1.,\"x\":\"SECRET\"}",
        "{\"payload\":.5,\"x\":\"SECRET\"}",
        "{\"payload\":1e,\"x\":\"SECRET\"}",
        "{\"payload\":-,\"x\":\"SECRET\"}",
        "{\"payload\":0x10,\"x\":\"SECRET\"}",
        "{\"payload\":12SECRET}",
        "{\"payload\":True,\"x\":\"SECRET\"}",
        "{\"payload\":nullSECRET}",
        "{\"payload\":\"SECRET\\q\"}",
        "{\"SECRET\":\"\\q\",\"payload\":1}",
        "{\"payload\":\"SECRET\\u12g4\"}",
        "{\"payload\":\"SECRET\\u12\"}",
        "{\"payload\":\"SECRET\t\"}",
        "{\"SECRET\":\"\n\",\"payload\":1}",
        "{\"SECRET\n\":1,\"payload\":1}",
        "{\"target_user_ids\":[\"SECRET\u001f\"],\"payload\":1}",
        "{\"target_user_ids\":[\"SECRET\",],\"payload\":1}",
        "{\"target_user_ids\":[\"SECRET\" 1],\"payload\":1}",
        "{\"payload\":1 /* SECRET */}",
        "{\"payload\":1} // SECRET",
        "{\"payload\":1} # SECRET",
        "{\"payload\":1,\u00a0\"SECRET\":1}",
        "{\"payload\":1,\f\"SECRET\":1}",
        "{\"payload\":\"SECRET\"}}",
        "{\"payload\":1}SECRET",
        "{\"payload\":1},",
        "{\"payload\":1}\u001e",
      })
  void whatIsNotJsonIsRefused(String message) {
    assertThat(ruleBrokenBy(message)).matches(NOT_JSON + "\\d+");
  }

  @ParameterizedTest
  @ValueSource(strings = {" {\"SECRET\":1}", "{}", "[]", " \"SECRET\"", " 1", " null", "\n\t {}"})
  void nothingButWhiteSpaceMayFollowTheObject(String following) {
    String message = "{\"target_user_ids\":[\"u\"],\"payload\":1}" + following;

    assertThat(ruleBrokenBy(message)).isEqualTo("text follows the object");
  }

  static Stream<Arguments> wrongUserIds() {
    return Stream.of(
        arguments("null", NOT_AN_ARRAY),
        arguments("\"SECRET\"", NOT_AN_ARRAY),
        arguments("1", NOT_AN_ARRAY),
        arguments("true", NOT_AN_ARRAY),
        arguments("{}", NOT_AN_ARRAY),
        arguments("{\"SECRET\":[\"SECRET\"]}", NOT_AN_ARRAY),
        arguments("{\"1\":\"SECRET\"}", NOT_AN_ARRAY));
  }

  @ParameterizedTest
  @MethodSource("wrongUserIds")
  void wrongUserIdsAreRefusedInAnyPlaceOfTheMessage(String ids, String rule) {
    String field = "\"target_user_ids\":" + ids;
    String right = "\"target_user_ids\":[\"u\"]";

    assertThat(ruleBrokenBy("{" + field + "}")).isEqualTo(rule);
    assertThat(ruleBrokenBy("{" + field + ",\"payload\":\"SECRET\"}")).isEqualTo(rule);
    assertThat(ruleBrokenBy("{\"payload\":{\"SECRET\":1}," + field + "}")).isEqualTo(rule);
    assertThat(ruleBrokenBy("{" + right + "," + field + ",\"payload\":1}")).isEqualTo(rule);
  }

  @ParameterizedTest
  @MethodSource("wrongUserIds")
  void ofUserIdsGivenTwiceOnlyTheLastMustBeRight(String ids, String rule) throws Exception {
    String message = "{\"target_user_ids\":" + ids + ",\"target_user_ids\":[\"u\"]}";

    assertThat(codec.decode(message.getBytes(UTF_8)).userIds()).containsExactly("u");
  }

  @Test
  void unpairedSurrogateIsPassedOnInAnythingButIds() throws Exception {
    String message =
        "{\"a\":\"\\udc00\",\"target_user_ids\":[\"u\"],\"payload\":{\"b\":\"x\\ud800\"}}";

    Envelope envelope = codec.decode(message.getBytes(UTF_8));

    assertThat(envelope.userIds()).containsExactly("u");
    assertThat(envelope.payload()).isEqualTo("{\"b\":\"x\\ud800\"}");
  }

  private String ruleBrokenBy(String message) {
    MalformedMessageException refusal =
        catchThrowableOfType(
            MalformedMessageException.class, () -> codec.decode(message.getBytes(UTF_8)));
    assertThat(refusal).as("not refused").isNotNull();
    assertThat(refusal).hasNoCause().message().doesNotContainIgnoringCase(SECRET);
    return refusal.getMessage();
  }
}
