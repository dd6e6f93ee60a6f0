package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.redisfanout.Effort;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The limits of size and depth, the same for reading and for publishing, and nothing else. */
@Timeout(60)
class EnvelopeLimitsTest {
  private static final int MIB = 1 << 20;

  // ---- size

  @Test
  void messageOfExactlyTheLimitIsReadAndOneByteMoreIsNot() throws Exception {
    byte[] message = "{\"target_user_ids\":[\"u\"],\"payload\":\"é 😀\"}  ".getBytes(UTF_8);

    assertThat(new EnvelopeCodec(message.length, false).decode(message).userIds())
        .containsExactly("u");
    assertThatExceptionOfType(MalformedMessageException.class)
        .isThrownBy(() -> new EnvelopeCodec(message.length - 1, false).decode(message))
        .withMessage("over maxMessageBytes 46: 47");
  }

  @Test
  void messageOfExactlyTheLimitIsWrittenAndOneByteMoreIsRefused() throws Exception {
    byte[] payload = "\"é 😀\"".getBytes(UTF_8);
    List<String> ids = List.of("a\"b", "😀");
    EnvelopeCodec exact = new EnvelopeCodec(55, false);

    byte[] message = exact.encode(ids, payload);

    assertThat(message).hasSize(55);
    assertThat(exact.decode(message).userIds()).isEqualTo(ids);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new EnvelopeCodec(54, false).encode(ids, payload))
        .withMessage(
            "message must be at most maxMessageBytes 54: 55 bytes for 2 users and a payload of"
                + " 9 bytes");
  }

  // ---- depth

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 64, 500, 1500})
  void payloadOfExactlyTheDepthIsReadAndOneLevelMoreIsNot(int maxDepth) throws Exception {
    EnvelopeCodec codec = new EnvelopeCodec(MIB, maxDepth, false);

    for (String deepest : nested(maxDepth - 1)) {
      assertThat(codec.decode(message(deepest)).payload()).isEqualTo(deepest);
      codec.decode(("{\"x\":" + deepest + ",\"payload\":1}").getBytes(UTF_8));
    }
    for (String tooDeep : nested(maxDepth)) {
      assertThatExceptionOfType(MalformedMessageException.class)
          .isThrownBy(() -> codec.decode(message(tooDeep)))
          .withMessage("deeper than " + maxDepth + " levels");
      assertThatExceptionOfType(MalformedMessageException.class)
          .isThrownBy(
              () -> codec.decode(("{\"x\":" + tooDeep + ",\"payload\":1}").getBytes(UTF_8)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 64, 500, 1500})
  void payloadOfExactlyTheDepthIsWrittenAndOneLevelMoreIsRefused(int maxDepth) {
    EnvelopeCodec codec = new EnvelopeCodec(MIB, maxDepth, false);

    for (String deepest : nested(maxDepth - 1)) {
      codec.checkPayload(deepest.getBytes(UTF_8));
    }
    for (String tooDeep : nested(maxDepth)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> codec.checkPayload(tooDeep.getBytes(UTF_8)))
          .withMessage("payload must be at most " + (maxDepth - 1) + " levels deep: it is deeper");
    }
  }

  @Test
  void messageThatIsDeepAllOverIsRefusedLikeAnyOther() {
    EnvelopeCodec codec = new EnvelopeCodec(MIB, false);
    String deep = "[".repeat(MIB / 2 - 50) + "]".repeat(MIB / 2 - 50);

    for (String message :
        List.of(
            "{\"x\":" + deep + "}",
            "{\"payload\":" + deep + "}",
            "{\"target_user_ids\":" + deep + ",\"target_user_ids\":[]}")) {
      assertThatExceptionOfType(MalformedMessageException.class)
          .isThrownBy(() -> codec.decode(message.getBytes(UTF_8)))
          .withMessage("deeper than 64 levels");
    }
  }

  /** Arrays, objects, and a mixture, this many levels deep. */
  private static List<String> nested(int levels) {
    StringBuilder open = new StringBuilder();
    StringBuilder close = new StringBuilder();
    for (int i = 0; i < levels; i++) {
      open.append(i % 2 == 0 ? "[1, " : "{\"a\": ");
      close.insert(0, i % 2 == 0 ? "]" : "}");
    }
    return List.of(
        "[".repeat(levels) + "]".repeat(levels),
        "{\"a\":".repeat(levels) + "1" + "}".repeat(levels),
        open + "null" + close);
  }

  private static byte[] message(String payload) {
    return ("{\"target_user_ids\":[\"u\"],\"payload\":" + payload + "}").getBytes(UTF_8);
  }

  // ---- no other limits

  @ParameterizedTest
  @ValueSource(ints = {1_001, 50_001, 900_000})
  void longNamesStringsNumbersAndIdsAreLimitedByTheMessageOnly(int length) throws Exception {
    EnvelopeCodec codec = new EnvelopeCodec(MIB, false);
    String digits = "7".repeat(length);

    for (String payload : List.of(digits, "\"" + digits + "\"", "{\"" + digits + "\":1}")) {
      codec.checkPayload(payload.getBytes(UTF_8));
      assertThat(codec.decode(message(payload)).payload()).isEqualTo(payload);
    }
    for (String id : List.of(digits, "\"" + digits + "\"")) {
      byte[] message =
          ("{\"target_user_ids\":[" + id + "],\"" + digits.substring(900) + "\":1}")
              .getBytes(UTF_8);
      assertThat(new EnvelopeCodec(2 * MIB, false).decode(message).userIds())
          .containsExactly(digits);
    }
  }

  @Test
  void manyDifferentNamesAreNoHashAttack() throws Exception {
    StringBuilder payload = new StringBuilder("{\"0\":0");
    for (int i = 1; payload.length() < MIB - 100; i++) {
      payload.append(",\"").append(i).append("\":0");
    }
    String json = payload.append('}').toString();
    EnvelopeCodec codec = new EnvelopeCodec(MIB, false);

    codec.checkPayload(json.getBytes(UTF_8));
    assertThat(codec.decode(message(json)).payload()).isEqualTo(json);
  }

  @Test
  void namesOfPastMessagesAreNotKept() throws Exception {
    EnvelopeCodec codec = new EnvelopeCodec(MIB, false);
    codec.decode(message("{}"));
    long before = usedBytes();

    for (int i = 0; i < Effort.of(200); i++) {
      String json = "{\"" + (i + "_").repeat(50_000) + "\":1}";
      codec.checkPayload(json.getBytes(UTF_8));
      codec.decode(message(json));
    }

    // Each name has at least 100,000 bytes.
    assertThat(usedBytes() - before).isLessThan(20L * MIB);
  }

  private static long usedBytes() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
