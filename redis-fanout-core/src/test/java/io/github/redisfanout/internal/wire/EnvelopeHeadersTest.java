package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers on the wire, both ways; held by the vectors in {@code headers.txt}. */
class EnvelopeHeadersTest {
  private static final byte[] PAYLOAD = {'1'};

  private final EnvelopeCodec codec = new EnvelopeCodec(1 << 20, true);
  private final EnvelopeCodec without = new EnvelopeCodec(1 << 20, false);

  static List<WireVector> vectors() {
    return WireVector.of("headers.txt");
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void headersAreWrittenBeforeThePayload(WireVector vector) {
    byte[] message =
        codec.encode(
            Target.users(vector.ids()),
            vector.headers(),
            vector.field("payload").getBytes(UTF_8),
            null);

    assertThat(new String(message, UTF_8)).isEqualTo(vector.field("message"));
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void headersAreReadAsTheyWereGiven(WireVector vector) throws Exception {
    for (Envelope read :
        List.of(codec.decode(vector.message()), codec.decodeAny(vector.message()))) {
      assertThat(read.userIds()).isEqualTo(vector.ids());
      assertThat(read.headers()).isEqualTo(vector.headers());
      assertThatThrownBy(() -> read.headers().clear()) // lanes share them
          .isInstanceOf(UnsupportedOperationException.class);
      assertThat(read.headers().keySet()).containsExactlyElementsOf(vector.headers().keySet());
      assertThat(read.payload()).isEqualTo(vector.field("payload"));
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void whoDoesNotWantHeadersSkipsThem(WireVector vector) throws Exception {
    for (Envelope read :
        List.of(without.decode(vector.message()), without.decodeAny(vector.message()))) {
      assertThat(read.userIds()).isEqualTo(vector.ids());
      assertThat(read.headers()).isEmpty();
      assertThat(read.payload()).isEqualTo(vector.field("payload"));
    }
    assertThat(StrictReader.read(vector.message(), 1 << 20, 64))
        .contains(new StrictReader.Message(vector.ids(), vector.field("payload")));
  }

  @Test
  void withoutHeadersAMessageHasTwoFields() {
    assertThat(new String(codec.encode(Target.users(List.of("a")), Map.of(), PAYLOAD, null), UTF_8))
        .isEqualTo("{\"target_user_ids\":[\"a\"],\"payload\":1}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'headers':{}}                             | {}",
        "{'headers':null}                           | {}",
        "{'headers':[{'a':'b'}]}                    | {}",
        "{'headers':'a'}                            | {}",
        "{'headers': { 'a' : 'b' , 'c':'d'} }       | {a=b, c=d}",
        "{'headers':{'a':1,'b':'c','d':null,'e':{'f':'g'},'h':['i']}} | {b=c}",
        "{'headers':{'a':'b','a':'c'}}              | {a=c}",
        "{'headers':{'a':'b','a':1}}                | {}",
        "{'headers':{'a':'b'},'headers':{'c':'d'}}  | {c=d}",
        "{'headers':{'a':'b'},'headers':1}          | {}",
        "{'h\\u0065aders':{'a\\u0062':'\\u0063'}}   | {ab=c}",
        "{'Headers':{'a':'b'}}                      | {}",
        "{'payload':{'headers':{'a':'b'}}}          | {}",
      })
  void whatIsNoHeaderIsSkipped(String message, String headers) throws Exception {
    byte[] bytes = message.replace('\'', '"').getBytes(UTF_8);

    assertThat(codec.decode(bytes).headers()).hasToString(headers);
    assertThat(codec.decodeAny(bytes).headers()).hasToString(headers);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'headers':{'a'}}",
        "{'headers':{'a':}}",
        "{'headers':{'a':'b',}}",
        "{'headers':{'a':'b'",
        "{'headers':{,}}",
        "{'headers':{'a' 'b'}}",
        "{'headers':{'\\ud800':'b'}}",
      })
  void headersThatAreNotJsonMakeAMessageMalformed(String message) {
    byte[] bytes = message.replace('\'', '"').getBytes(UTF_8);

    assertThatThrownBy(() -> codec.decode(bytes)).isInstanceOf(MalformedMessageException.class);
    assertThatThrownBy(() -> without.decode(bytes)).isInstanceOf(MalformedMessageException.class);
  }

  @Test
  void headersCountForTheSizeOfAMessage() {
    Map<String, String> headers = Map.of("name", "value");
    int size = codec.encode(Target.users(List.of("a")), headers, PAYLOAD, null).length;

    EnvelopeCodec exact = new EnvelopeCodec(size, true);
    assertThat(exact.encode(Target.users(List.of("a")), headers, PAYLOAD, null)).hasSize(size);
    assertThatThrownBy(
            () ->
                new EnvelopeCodec(size - 1, true)
                    .encode(Target.users(List.of("a")), headers, PAYLOAD, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be at most maxMessageBytes " + (size - 1) + ": " + size);
  }
}
