package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The codec against the vectors in {@code wire-format/v1}, in both directions. */
class WireFormatTest {
  private final EnvelopeCodec codec = new EnvelopeCodec(1 << 20, false);

  static List<WireVector> written() {
    return WireVector.of("written.txt");
  }

  static List<WireVector> python() {
    return WireVector.of("python.txt");
  }

  // ---- what we write

  @ParameterizedTest
  @MethodSource("written")
  void weWriteThePromisedBytes(WireVector vector) {
    byte[] payload = vector.field("payload").getBytes(UTF_8);

    codec.checkPayload(payload);

    assertThat(codec.encode(vector.ids(), payload)).isEqualTo(vector.message());
  }

  @ParameterizedTest
  @MethodSource("written")
  void weReadWhatWeWrite(WireVector vector) throws Exception {
    Envelope envelope = codec.decode(vector.message());

    assertThat(envelope.userIds()).isEqualTo(vector.ids());
    assertThat(envelope.payload()).isEqualTo(trimmed(vector.field("payload")));
  }

  @ParameterizedTest
  @MethodSource("written")
  void secondOpinionAgreesOnWhatWeWrite(WireVector vector) {
    assertThat(StrictReader.read(vector.message(), 1 << 20, 64))
        .contains(new StrictReader.Message(vector.ids(), trimmed(vector.field("payload"))));
  }

  // ---- what Python writes

  @ParameterizedTest
  @MethodSource("python")
  void weReadWhatPythonWrites(WireVector vector) throws Exception {
    Envelope envelope = codec.decode(vector.message());

    assertThat(envelope.userIds()).isEqualTo(vector.ids());
    assertThat(envelope.undeliverable()).isEqualTo(vector.wrongIds());
    assertThat(envelope.payload()).isEqualTo(vector.field("client"));
    assertThat(envelope.payloadBytes()).isEqualTo(vector.field("client").getBytes(UTF_8).length);
  }

  @ParameterizedTest
  @MethodSource("python")
  void secondOpinionAgreesOnWhatPythonWrites(WireVector vector) {
    assertThat(StrictReader.read(vector.message(), 1 << 20, 64))
        .hasValueSatisfying(
            message -> {
              assertThat(message.ids()).isEqualTo(vector.ids());
              assertThat(message.undeliverable()).isEqualTo(vector.wrongIds());
              assertThat(message.payload()).isEqualTo(vector.field("client"));
            });
  }

  // ---- what no writer of ours or Python's sends, and readers promise all the same

  @Test
  void emptyIdIsUndeliverable() throws Exception {
    Envelope envelope =
        codec.decode("{\"target_user_ids\":[\"\",\"a\",\"\"],\"payload\":1}".getBytes(UTF_8));

    assertThat(envelope.userIds()).containsExactly("a");
    assertThat(envelope.undeliverable()).isEqualTo(2);
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

  private static String trimmed(String json) {
    return json.replaceAll("^[ \t\r\n]+|[ \t\r\n]+$", "");
  }
}
