package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One element of the ids that is no id does not cost the others their message. */
class UndeliverableIdsTest {
  private final EnvelopeCodec codec = new EnvelopeCodec(1 << 20, false);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "false",
        "7.0",
        "1e15",
        "-0.0",
        "1E3",
        "[]",
        "[\"b\"]",
        "{}",
        "{\"1\":\"b\"}",
        "{\"target_user_ids\":[\"b\"]}",
        "\"\"",
        "\"b\\ud800\"",
        "\"\\udc00b\"",
        "\"b\\ude00\\ud83d\""
      })
  void theOthersAreReadInAnyPlaceOfTheMessage(String element) throws Exception {
    String ids = "\"target_user_ids\":[\"a\"," + element + ",7]";
    for (String message :
        List.of(
            "{" + ids + "}",
            "{" + ids + ",\"payload\":1}",
            "{\"payload\":{\"a\":1}," + ids + "}",
            "{\"target_user_ids\":[null,\"c\"]," + ids + "}")) {
      Envelope envelope = codec.decode(message.getBytes(UTF_8));

      assertThat(envelope.userIds()).as(message).containsExactly("a", "7");
      assertThat(envelope.undeliverable()).isEqualTo(1);
      assertThat(envelope.named()).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{}; -1; 0",
        "{\"payload\":1}; -1; 0",
        "{\"user_ids\":[\"a\"],\"payload\":1}; -1; 0",
        "{\"user_ids\" :[\"a\"]}; -1; 0", // for Jackson
        "{\"target_user_ids\":[]}; 0; 0",
        "{\"target_user_ids\" : [ ]}; 0; 0",
        "{\"to\":{}}; 0; 0",
        "{\"target_user_ids\":[],\"to\" : {}}; 0; 0",
        "{\"target_user_ids\":[],\"to\":{\"groups\":[\"g\"]}}; 1; 0",
        "{\"to\":{\"everyone\":true,\"groups\":[\"g\",7,null,\"\"],\"users\":[\"\"]}}; 6; 3",
        "{\"to\":{\"everyone\":false,\"except\":{\"users\":[\"a\"]}}}; 0; 0",
        "{\"target_user_ids\":[\"a\"],\"target_user_ids\":[]}; 0; 0",
        "{\"target_user_ids\":[null]}; 1; 1",
        "{\"target_user_ids\":[\"\"]}; 1; 1",
        "{\"target_user_ids\":[null,1.5,\"\"]}; 3; 3",
      })
  void anAbsentFieldAndAnEmptyOneAreKnown(String message, int named, int undeliverable)
      throws Exception {
    Envelope envelope = codec.decode(message.getBytes(UTF_8));

    assertThat(envelope.named()).isEqualTo(named);
    assertThat(envelope.undeliverable()).isEqualTo(undeliverable);
    assertThat(envelope.userIds()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"[\"b\",\"c\",\"\"]", "[\"b\", 8, null]"})
  void whoIsNotOnThisNodeIsNamedAllTheSame(String ids) throws Exception {
    byte[] message = ("{\"target_user_ids\":" + ids + ",\"payload\":1}").getBytes(UTF_8);

    Envelope envelope = codec.decode(message, new NameFilter(), NameFilter.ALL);

    assertThat(envelope.named()).isEqualTo(3);
    assertThat(envelope.undeliverable()).isEqualTo(1);
  }
}
