package io.github.redisfanout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.json.PackageVersion;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.redisfanout.internal.wire.EnvelopeCodec;
import io.github.redisfanout.internal.wire.Target;
import io.github.redisfanout.internal.wire.WireVector;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the default encoder writes; with every Jackson that is supported. */
class JacksonPayloadEncoderTest {
  private static final ObjectMapper READER = new ObjectMapper();

  private final JacksonPayloadEncoder encoder = new JacksonPayloadEncoder();

  private static void assumeRecentJackson() {
    int minor = PackageVersion.VERSION.getMinorVersion();
    assumeTrue(minor >= 21, "Jackson 2." + minor + " escapes characters beyond U+FFFF");
  }

  static List<WireVector> encoded() {
    return WireVector.of("encoded.txt");
  }

  @ParameterizedTest
  @MethodSource("encoded")
  void writesThePromisedText(WireVector vector) throws Exception {
    assumeRecentJackson();
    Object value = READER.readValue(vector.field("value"), Object.class);

    assertThat(new String(encoder.encode(value), UTF_8)).isEqualTo(vector.field("payload"));
  }

  @Test
  void aMapperOfTheApplicationIsNoDifferent() throws Exception {
    assumeRecentJackson();
    ObjectMapper own = JsonMapper.builder().build();

    assertThat(new JacksonPayloadEncoder(own).encode(Map.of("\ud83d\ude00", "\ud83d\ude00")))
        .asString(UTF_8)
        .isEqualTo("{\"\ud83d\ude00\":\"\ud83d\ude00\"}");
    assertThat(own.writeValueAsString("\ud83d\ude00")).isEqualTo("\"\ud83d\ude00\""); // unchanged
  }

  @Test
  void aMapperThatWantsAsciiGetsIt() throws Exception {
    ObjectMapper ascii = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    assertThat(new JacksonPayloadEncoder(ascii).encode("\u00e9\ud83d\ude00"))
        .asString(UTF_8)
        .isEqualTo("\"\\u00E9\\uD83D\\uDE00\"");
  }

  /** A third of the limit instead of more than all of it. */
  @Test
  void aHundredThousandEmojiAreWithinTheDefaultLimit() throws Exception {
    assumeRecentJackson();
    byte[] payload = encoder.encode("\ud83d\ude00".repeat(100_001));

    assertThat(payload).hasSize(4 * 100_001 + 2);
    assertThat(
            new EnvelopeCodec(1 << 20, false)
                .encode(Target.users(List.of("a")), Map.of(), payload, null))
        .hasSizeLessThan(1 << 20);
  }

  /** Jackson 2.18 to 2.20 would write another character in place of two. */
  @ParameterizedTest
  @ValueSource(
      strings = {"\ud83dx", "\ud83d", "\ude00", "\ud83d\"", "\ude00\ud83d", "\ud83d\ud83d"})
  void unpairedSurrogatesStayWhatTheyAre(String text) throws Exception {
    for (Object value : List.of(text, List.of("a" + text + "b"))) {
      assertThat(READER.readTree(encoder.encode(value)))
          .isEqualTo(READER.readTree(READER.writeValueAsString(value)));
    }
  }

  /** Whatever lies where Jackson's buffers end. */
  @Test
  void textsOfEveryLengthAreReadBackAsTheyAre() throws Exception {
    Random random = new Random(20_261_127);
    String[] characters = {"\ud83d\ude00", "\u00e9", "\u7528", "\u0001", "a", "\\", "\""};
    for (int length = 0; length < 9_000; length += 1 + random.nextInt(9)) {
      StringBuilder text = new StringBuilder("x".repeat(length));
      for (int i = 0; i < 20; i++) {
        text.append(characters[random.nextInt(characters.length)]);
      }
      String expected = text.toString();

      assertThat(READER.readValue(encoder.encode(expected), String.class)).isEqualTo(expected);
    }
  }
}
