package io.github.redisfanout.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.redisfanout.Effort;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What holds for every message, tried on thousands of generated ones. */
class EnvelopePropertyTest {
  private static final long SEED = 20260131;
  private static final int CASES = Effort.of(4_000);

  private final Random random = new Random(SEED);
  private final RandomJson json = new RandomJson(random);

  @Test
  void whatIsWrittenIsReadBackWithTheSameIdsAndText() throws Exception {
    EnvelopeCodec codec = new EnvelopeCodec(1 << 20, false);
    for (int i = 0; i < CASES; i++) {
      List<String> ids = userIds();
      String payload = json.value(5);

      byte[] message = codec.encode(ids, payload.getBytes(UTF_8));
      Envelope envelope = codec.decode(message);

      assertThat(envelope.userIds()).as("case %s", i).isEqualTo(ids);
      assertThat(envelope.payload()).as("case %s", i).isEqualTo(trimmed(payload));
      assertThat(envelope.payloadBytes()).isEqualTo(trimmed(payload).getBytes(UTF_8).length);
      assertThat(StrictReader.read(message, 1 << 20, 64))
          .as("case %s", i)
          .contains(new StrictReader.Message(ids, trimmed(payload)));
    }
  }

  @Test
  void publishAcceptsExactlyWhatCanBeRead() {
    int accepted = 0;
    for (int i = 0; i < CASES; i++) {
      EnvelopeCodec codec =
          new EnvelopeCodec(64 + random.nextInt(300), 2 + random.nextInt(5), false);
      List<String> ids = userIds();
      String payload = json.value(6);

      boolean isAccepted = isAccepted(codec, ids, payload);
      accepted += isAccepted ? 1 : 0;

      assertThat(isRead(codec, ids, payload)).as("case %s: %s", i, payload).isEqualTo(isAccepted);
    }
    assertThat(accepted).isBetween(CASES / 10, CASES * 9 / 10);
  }

  /** The fuzzer itself runs in the full build only. */
  @Test
  void whatTheFuzzerChecksHoldsForGeneratedInput() {
    MessageMaker maker = new MessageMaker(random, List.of("a"), 256, 5);
    for (int i = 0; i < CASES; i++) {
      MessageKind kind = MessageKind.values()[i % MessageKind.values().length];
      EnvelopeFuzz.fuzzerTestOneInput(kind.make(maker));
      EnvelopeFuzz.fuzzerTestOneInput(json.value(5).getBytes(UTF_8));
    }
  }

  private List<String> userIds() {
    List<String> ids = new ArrayList<>();
    for (int size = random.nextInt(4); size > 0; size--) {
      ids.add(json.userId());
    }
    return ids;
  }

  private static boolean isAccepted(EnvelopeCodec codec, List<String> ids, String payload) {
    try {
      codec.checkPayload(payload.getBytes(UTF_8));
      codec.encode(ids, payload.getBytes(UTF_8));
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Whether the message would be read if it were sent without any check. */
  private static boolean isRead(EnvelopeCodec codec, List<String> ids, String payload) {
    EnvelopeCodec unlimited = new EnvelopeCodec(Integer.MAX_VALUE, 1_000, false);
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    message.writeBytes(unlimited.encode(ids, payload.getBytes(UTF_8)));
    try {
      codec.decode(message.toByteArray());
      return true;
    } catch (MalformedMessageException | UndeliverableMessageException e) {
      return false;
    }
  }

  private static String trimmed(String json) {
    return json.replaceAll("^[ \t\r\n]+|[ \t\r\n]+$", "");
  }
}
