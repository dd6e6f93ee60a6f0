package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.redisfanout.backplane.Outgoing;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wire compatibility in both directions, held by the vectors in {@code wire-format/v1}. */
class WireFormatTest {
  private final PublishRecorder recorder = new PublishRecorder();
  private final Publisher publisher = recorder.publisher(FanoutConfig.defaults());
  private final EnvelopeCodec codec = new EnvelopeCodec(1 << 20, 64);

  static List<WireVector> written() {
    return WireVector.of("written.txt");
  }

  static List<WireVector> python() {
    return WireVector.of("python.txt");
  }

  // ---- what we write

  @ParameterizedTest
  @MethodSource("written")
  void publishWritesThePromisedBytes(WireVector vector) {
    publisher.publishJson(vector.ids(), vector.field("payload"));

    assertThat(publishedText()).isEqualTo(vector.field("message"));
    assertThat(recorder.published.get(0).bytes()).isEqualTo(vector.message());
  }

  @Test
  void publishUsesTheChannelOfThePythonBackEnd() {
    publisher.publishJson(List.of("user_1"), "1");

    assertThat(recorder.published)
        .extracting(Outgoing::channel)
        .containsExactly("chat_broadcast_channel");
  }

  @ParameterizedTest
  @MethodSource("written")
  void weReadWhatWeWrite(WireVector vector) throws Exception {
    Envelope envelope = codec.decode(vector.message());

    assertThat(envelope.userIds()).isEqualTo(vector.ids());
    assertThat(envelope.payload().text()).isEqualTo(trimmed(vector.field("payload")));
  }

  @ParameterizedTest
  @MethodSource("written")
  void secondOpinionAgreesOnWhatWeWrite(WireVector vector) {
    assertThat(StrictReader.read(vector.message(), 1 << 20, 64))
        .contains(new StrictReader.Message(vector.ids(), trimmed(vector.field("payload"))));
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

  // ---- what Python writes

  @ParameterizedTest
  @MethodSource("python")
  void weReadWhatPythonWrites(WireVector vector) throws Exception {
    Envelope envelope = codec.decode(vector.message());

    assertThat(envelope.userIds()).isEqualTo(vector.ids());
    assertThat(envelope.payload().text()).isEqualTo(vector.field("client"));
    assertThat(envelope.payload().bytes()).isEqualTo(vector.field("client").getBytes(UTF_8).length);
  }

  @ParameterizedTest
  @MethodSource("python")
  void secondOpinionAgreesOnWhatPythonWrites(WireVector vector) {
    assertThat(StrictReader.read(vector.message(), 1 << 20, 64))
        .contains(new StrictReader.Message(vector.ids(), vector.field("client")));
  }

  @ParameterizedTest
  @MethodSource("python")
  void payloadOfPythonIsPublishedOnUntouched(WireVector vector) throws Exception {
    String payload = codec.decode(vector.message()).payload().text();
    publisher.publishJson(Collections.singleton("u"), payload);

    assertThat(publishedText())
        .isEqualTo("{\"target_user_ids\":[\"u\"],\"payload\":" + payload + "}");
  }

  // ---- what no writer of ours or Python's sends, and readers promise all the same

  @Test
  void emptyIdIsNobodys() throws Exception {
    Envelope envelope =
        codec.decode("{\"target_user_ids\":[\"\",\"a\",\"\"],\"payload\":1}".getBytes(UTF_8));

    assertThat(envelope.userIds()).containsExactly("a");
  }

  @Test
  void integerMinusZeroIsTheUserPythonReads() throws Exception {
    Envelope envelope = codec.decode("{\"target_user_ids\":[-0,\"-0\"]}".getBytes(UTF_8));

    assertThat(envelope.userIds()).containsExactly("0", "-0");
  }

  @Test
  void everyVectorHasItsOwnName() {
    assertThat(written()).extracting(WireVector::name).doesNotHaveDuplicates();
    assertThat(python()).extracting(WireVector::name).doesNotHaveDuplicates();
  }

  private String publishedText() {
    assertThat(recorder.published).hasSize(1);
    return new String(recorder.published.get(0).bytes(), UTF_8);
  }

  private static String trimmed(String json) {
    return json.replaceAll("^[ \t\r\n]+|[ \t\r\n]+$", "");
  }
}
