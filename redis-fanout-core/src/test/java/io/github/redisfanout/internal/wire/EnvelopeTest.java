package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class EnvelopeTest {
  private final EnvelopeCodec codec = new EnvelopeCodec(1 << 20, false);

  /** Bytes that change after decoding show when the text is made. */
  @Test
  void payloadTextIsMadeByEachCall() throws Exception {
    byte[] message = "{\"target_user_ids\":[\"u\"],\"payload\":7}".getBytes(UTF_8);
    for (Envelope envelope : List.of(codec.decode(message), codec.decodeAny(message))) {
      for (char digit = '1'; digit <= '3'; digit++) {
        message[message.length - 2] = (byte) digit;
        assertThat(envelope.payload()).isEqualTo(String.valueOf(digit));
      }
    }
  }

  @Test
  void absentPayloadIsAnEmptyObject() throws Exception {
    byte[] message = "{\"target_user_ids\":[\"u\"]}".getBytes(UTF_8);
    for (Envelope envelope : List.of(codec.decode(message), codec.decodeAny(message))) {
      assertThat(envelope.payload()).isEqualTo("{}");
      assertThat(envelope.payloadBytes()).isEqualTo(2);
    }
  }

  @Test
  void payloadLengthIsInBytesNotInCharacters() throws Exception {
    Envelope envelope = codec.decode("{\"payload\":\"é 😀\"}".getBytes(UTF_8));

    assertThat(envelope.payload()).isEqualTo("\"é 😀\"");
    assertThat(envelope.payloadBytes()).isEqualTo(9);
  }
}
