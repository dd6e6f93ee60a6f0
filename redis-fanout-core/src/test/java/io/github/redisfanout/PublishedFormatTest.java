package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.redisfanout.backplane.Outgoing;
import io.github.redisfanout.internal.wire.WireVector;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes that a publisher sends to Redis. */
class PublishedFormatTest {
  private final PublishRecorder recorder = new PublishRecorder();
  private final Publisher publisher = recorder.publisher(FanoutConfig.of("chat"));

  static List<WireVector> written() {
    return WireVector.of("written.txt");
  }

  static List<WireVector> python() {
    return WireVector.of("python.txt");
  }

  @ParameterizedTest
  @MethodSource("written")
  void publishWritesThePromisedBytes(WireVector vector) {
    publisher.publishJson(vector.ids(), vector.field("payload"));

    assertThat(publishedText()).isEqualTo(vector.field("message"));
    assertThat(recorder.published.get(0).bytes()).isEqualTo(vector.message());
  }

  @ParameterizedTest
  @MethodSource("python")
  void payloadOfPythonIsPublishedUnchanged(WireVector vector) {
    String payload = vector.field("client");
    publisher.publishJson(List.of("u"), payload);

    assertThat(publishedText())
        .isEqualTo("{\"target_user_ids\":[\"u\"],\"payload\":" + payload + "}");
  }

  @Test
  void publishUsesTheConfiguredChannel() {
    publisher.publishJson(List.of("user_1"), "1");

    assertThat(recorder.published).extracting(Outgoing::channel).containsExactly("chat");
  }

  record Chat(String type, String content) {}

  static Stream<Arguments> objects() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("z", List.of(1, "two"));
    map.put("a", null);
    return Stream.of(
        arguments(null, "null"),
        arguments(true, "true"),
        arguments(42, "42"),
        arguments(Long.MIN_VALUE, "-9223372036854775808"),
        arguments(1.5, "1.5"),
        arguments(new BigDecimal("1.10"), "1.10"),
        arguments("{\"not\":\"json\"}", "\"{\\\"not\\\":\\\"json\\\"}\""),
        arguments("chào \u2028 \u0000 </", "\"chào \u2028 \\u0000 </\""),
        arguments(List.of(), "[]"),
        arguments(new int[] {1, 2}, "[1,2]"),
        arguments(map, "{\"z\":[1,\"two\"],\"a\":null}"),
        arguments(new Chat("message", "hi"), "{\"type\":\"message\",\"content\":\"hi\"}"));
  }

  @ParameterizedTest
  @MethodSource("objects")
  void objectIsWrittenAsPlainJacksonWritesIt(Object payload, String json) {
    publisher.publish(List.of("u"), payload);

    assertThat(publishedText()).isEqualTo("{\"target_user_ids\":[\"u\"],\"payload\":" + json + "}");
  }

  @Test
  void userNamedTwiceIsWrittenOnceInTheFirstPlace() {
    publisher.publishJson(Arrays.asList("b", "a", "b"), "1");

    assertThat(publishedText()).isEqualTo("{\"target_user_ids\":[\"b\",\"a\"],\"payload\":1}");
  }

  @Test
  void tooManyUsersForOneMessageIsRefusedAndNotSplit() {
    List<String> users = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      users.add("user_" + (100_000 + i));
    }

    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.publish(users, "hello"))
        .withMessage(
            "message must be at most maxMessageBytes 1048576: 1400039 bytes for 100000 users and a"
                + " payload of 7 bytes");
    assertThat(recorder.published).isEmpty();
  }

  private String publishedText() {
    assertThat(recorder.published).hasSize(1);
    return new String(recorder.published.get(0).bytes(), UTF_8);
  }
}
