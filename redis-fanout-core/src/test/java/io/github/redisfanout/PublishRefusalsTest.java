package io.github.redisfanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every refusal in its own words: the rule and where it was broken, never the content. */
class PublishRefusalsTest {
  private static final String ONE_VALUE = "payload must be exactly one JSON value: ";
  private static final String AT_BYTE = ONE_VALUE + "not JSON: at byte ";
  private static final String TOO_DEEP = "payload must be at most 63 levels deep: it is deeper";

  private final PublishRecorder recorder = new PublishRecorder();
  private final Publisher publisher =
      recorder.publisher(FanoutConfig.builder("chat").maxMessageBytes(200).build());

  @AfterEach
  void nothingWasPublished() {
    assertThat(recorder.published).isEmpty();
  }

  static Stream<Arguments> json() {
    return Stream.of(
        Arguments.of("", ONE_VALUE + "it is empty"),
        Arguments.of(" \t\r\n", ONE_VALUE + "it is empty"),
        Arguments.of("1 2", ONE_VALUE + "text follows the value"),
        Arguments.of("{}[]", ONE_VALUE + "text follows the value"),
        Arguments.of("{\"a\":1,}", AT_BYTE + 7),
        Arguments.of("[1,]", AT_BYTE + 3),
        Arguments.of("1,", AT_BYTE + 1),
        Arguments.of("NaN", AT_BYTE + 3),
        Arguments.of("[Infinity]", AT_BYTE + 9),
        Arguments.of("1 // SECRET", AT_BYTE + 2),
        Arguments.of("/* SECRET */ 1", AT_BYTE + 0),
        Arguments.of("{\"a\":", AT_BYTE + 5),
        Arguments.of("[\"SECRET", AT_BYTE + 8),
        Arguments.of("'SECRET'", AT_BYTE + 0),
        Arguments.of("[".repeat(64) + "]".repeat(64), TOO_DEEP),
        Arguments.of("\ufeff1", ONE_VALUE + "it begins with a byte order mark"),
        Arguments.of("1\0", ONE_VALUE + "it has a NUL byte, so it is not JSON in UTF-8"),
        Arguments.of("\"a\ud800\"", "text must not have an unpaired surrogate: at index 2"),
        Arguments.of(
            '"' + "x".repeat(199) + '"', "payload must be at most maxMessageBytes 200: 201"),
        Arguments.of(
            '"' + "x".repeat(190) + '"',
            "message must be at most maxMessageBytes 200: 228 bytes for 1 users and a payload of"
                + " 192 bytes"));
  }

  @ParameterizedTest
  @MethodSource("json")
  void jsonIsRefused(String json, String message) {
    assertThatThrownBy(() -> publisher.publishJson(List.of("u"), json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message)
        .hasNoCause();
  }

  private static final String ENCODER =
      "; the payloadEncoder failed with InvalidDefinitionException, see the cause. For other types,"
          + " give the node a payloadEncoder that knows them";

  static Stream<Arguments> payloads() {
    return Stream.of(
        Arguments.of(new Object(), "payload has no JSON form: java.lang.Object" + ENCODER),
        Arguments.of(
            Map.of("SECRET", new Object()),
            "payload has no JSON form: java.util.ImmutableCollections$Map1" + ENCODER),
        Arguments.of(nested(64), TOO_DEEP),
        Arguments.of("x".repeat(199), "payload must be at most maxMessageBytes 200: 201"));
  }

  private static List<?> nested(int levels) {
    return levels == 1 ? List.of(1) : List.of(nested(levels - 1));
  }

  @ParameterizedTest
  @MethodSource("payloads")
  void payloadIsRefused(Object payload, String message) {
    assertThatThrownBy(() -> publisher.publish(List.of("u"), payload))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  static Stream<Arguments> ids() {
    return Stream.of(
        Arguments.of(List.of("u", ""), "userId must not be empty"),
        Arguments.of(List.of("ab\udc00"), "userId must not have an unpaired surrogate: at index 2"),
        Arguments.of(List.of("\ud800b"), "userId must not have an unpaired surrogate: at index 0"),
        Arguments.of(Arrays.asList("u", null), "userId == null"),
        Arguments.of(null, "userIds == null"));
  }

  @ParameterizedTest
  @MethodSource("ids")
  void idsAreRefused(List<String> ids, String message) {
    assertThatThrownBy(() -> publisher.publish(ids, 1)).hasMessage(message);
    assertThatThrownBy(() -> publisher.publishJson(ids, "1")).hasMessage(message);
  }
}
