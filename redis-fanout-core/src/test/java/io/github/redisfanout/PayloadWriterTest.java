package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What publish and send refuse, so that whatever is accepted can be read. */
class PayloadWriterTest {
  private static final String ONE_VALUE = "payload must be exactly one JSON value: ";
  private static final String NOT_JSON = "payload must be exactly one JSON value: not JSON";

  private final EnvelopeCodec codec = new EnvelopeCodec(1 << 20, false);
  private final PayloadWriter plain = new PayloadWriter(new JacksonPayloadEncoder(), codec);
  private final PublishRecorder recorder = new PublishRecorder();
  private final Publisher publisher = recorder.publisher(FanoutConfig.of("chat"));
  private int expectedPublishes;

  @AfterEach
  void nothingElseWasPublished() {
    assertThat(recorder.published).hasSize(expectedPublishes);
  }

  // ---- objects

  @Test
  void payloadOfOneSessionsSendIsTheSameText() {
    TextPayload payload = plain.text(Map.of("text", "chào"));

    assertThat(payload.text()).isEqualTo("{\"text\":\"chào\"}");
    assertThat(payload.bytes()).isEqualTo(16);
    assertThat(plain.json(null)).isEqualTo("null".getBytes(UTF_8));
  }

  @Test
  void objectThatContainsItselfIsRefused() {
    Map<String, Object> map = new HashMap<>();
    map.put("SECRET", map);
    List<Object> list = new ArrayList<>();
    list.add(List.of(list));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.publish(List.of("u"), map))
        .withMessageStartingWith(
            "payload has no JSON form: java.util.HashMap; the payloadEncoder failed with ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.publish(List.of("u"), list))
        .withMessageStartingWith(
            "payload has no JSON form: java.util.ArrayList; the payloadEncoder failed with ");
  }

  @Test
  void objectWithoutJsonFormIsRefusedByTheNameOfItsClass() {
    Object opaque =
        new Object() {
          @Override
          public String toString() {
            return "SECRET";
          }
        };

    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.publish(List.of("u"), opaque))
        .withMessageStartingWith("payload has no JSON form: " + opaque.getClass().getName() + ";")
        .havingCause()
        .withMessageNotContaining("SECRET");
  }

  @Test
  void objectNestedDeeperThanReadersAllowIsRefused() {
    Object deepest = 1;
    for (int i = 0; i < 63; i++) {
      deepest = List.of(deepest);
    }
    Object tooDeep = List.of(deepest);

    expectedPublishes = 1;
    publisher.publish(List.of("u"), deepest);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.publish(List.of("u"), tooDeep))
        .withMessage("payload must be at most 63 levels deep: it is deeper");
  }

  @Test
  void notANumberIsRefusedWhenTheMapperWritesItAsNoJson() {
    JsonMapper mapper = JsonMapper.builder().disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS).build();
    PayloadWriter writer = new PayloadWriter(new JacksonPayloadEncoder(mapper), codec);

    for (Object payload : List.of(Double.NaN, List.of(Float.POSITIVE_INFINITY), -1.0 / 0)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> writer.json(payload))
          .withMessageStartingWith(NOT_JSON);
    }
  }

  @Test
  void plainMapperWritesNotANumberAsText() {
    assertThat(plain.text(Arrays.asList(Double.NaN, 1.0 / 0)).text())
        .isEqualTo("[\"NaN\",\"Infinity\"]");
  }

  // ---- what an encoder of the application gives

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''           | it is empty
          ' \t'        | it is empty
          1 2          | text follows the value
          {} []        | text follows the value
          '1 "SECRET"' | text follows the value
          """)
  void anythingButExactlyOneValueIsRefused(String json, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> encodedAs(json.getBytes(UTF_8)))
        .withMessage(ONE_VALUE + why);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.publishJson(List.of("u"), json))
        .withMessage(ONE_VALUE + why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SECRET",
        "1,2",
        "1}SECRET",
        "1,\"target_user_ids\":[\"SECRET\"]",
        "\"SECRET",
        "{\"SECRET\":1",
        "[\"SECRET\"",
        "{\"SECRET\":1}}",
        "[\"SECRET\",]",
        "NaN",
        "[-Infinity]",
        "'SECRET'",
        "01",
        "\"\t\"",
        "\"\\q\"",
        "nul",
        "1 // SECRET",
        "\"\\ud83",
        "{\"a\":1,\"SECRET\"}",
      })
  void textThatIsNotJsonIsRefusedWithoutItsContent(String json) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> encodedAs(json.getBytes(UTF_8)))
        .withMessageStartingWith(NOT_JSON)
        .withMessageNotContaining("SECRET")
        .withNoCause();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.publishJson(List.of("u"), json))
        .withMessageStartingWith(NOT_JSON)
        .withMessageNotContaining("SECRET")
        .withNoCause();
  }

  @Test
  void bytesInAnotherEncodingAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> encodedAs("\ufeff{}".getBytes(UTF_8)))
        .withMessage(ONE_VALUE + "it begins with a byte order mark");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> encodedAs("{}".getBytes(UTF_16)))
        .withMessage(ONE_VALUE + "it has a NUL byte, so it is not JSON in UTF-8");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> encodedAs(new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'}))
        .withMessage(ONE_VALUE + "it is not valid UTF-8: at byte 1");
  }

  @Test
  void whatAnEncoderThrowsBecomesTheCause() {
    Exception failure = new Exception("no codec");
    PayloadWriter writer =
        new PayloadWriter(
            payload -> {
              throw failure;
            },
            codec);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.json(null))
        .withMessageStartingWith("payload has no JSON form: null; the payloadEncoder failed with ")
        .withCause(failure);
  }

  @Test
  @SuppressWarnings("NullAway") // what an encoder must not do
  void encoderThatReturnsNullIsNamed() {
    PayloadWriter writer = new PayloadWriter(payload -> null, codec);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.json(1))
        .withMessageStartingWith(
            "payload has no JSON form: java.lang.Integer; the payloadEncoder failed with ")
        .havingCause()
        .withMessage("the payload encoder returned null");
  }

  @Test
  void payloadOfOneSessionsSendHasTheSizeLimitOfAMessage() {
    assertThat(plain.text("x".repeat((1 << 20) - 2)).bytes()).isEqualTo(1 << 20);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plain.text("x".repeat((1 << 20) - 1)))
        .withMessage("payload must be at most maxMessageBytes 1048576: 1048577");
  }

  private void encodedAs(byte[] bytes) {
    new PayloadWriter(payload -> bytes, codec).json("anything");
  }

  // ---- publishJson

  @Test
  void jsonTextWithAnUnpairedSurrogateIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.publishJson(List.of("u"), "\"SECRET\ud800\""))
        .withMessage("text must not have an unpaired surrogate: at index 7");
  }

  @Test
  void jsonTextThatEscapesAnUnpairedSurrogateIsSentAsItIs() {
    expectedPublishes = 1;

    publisher.publishJson(List.of("u"), "\"\\ud800\"");

    assertThat(new String(recorder.published.get(0).bytes(), UTF_8))
        .isEqualTo("{\"target_user_ids\":[\"u\"],\"payload\":\"\\ud800\"}");
  }

  @Test
  void jsonTextMustBeGiven() {
    assertThatNullPointerException()
        .isThrownBy(() -> publisher.publishJson(List.of("u"), null))
        .withMessage("json == null");
  }

  // ---- ids

  @Test
  void badUserIdIsRefusedBeforeAnythingIsPublished() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.publish(List.of("u", ""), 1))
        .withMessage("userId must not be empty");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> publisher.publish(List.of("u", "ab\udc00"), 1))
        .withMessage("userId must not have an unpaired surrogate: at index 2");
    assertThatNullPointerException()
        .isThrownBy(() -> publisher.publish(Arrays.asList("u", null), 1))
        .withMessage("userId == null");
    assertThatNullPointerException()
        .isThrownBy(() -> publisher.publish((Collection<String>) null, 1))
        .withMessage("userIds == null");
  }

  @Test
  void payloadIsCheckedEvenForNobody() {
    assertThatIllegalArgumentException().isThrownBy(() -> publisher.publishJson(List.of(), "NaN"));
    assertThat(publisher.publish(List.of(), 1))
        .isCompletedWithValueMatching(receipt -> receipt.recipients() == 0 && receipt.nodes() == 0);
  }
}
